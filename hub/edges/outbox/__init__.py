"""What leaves the database for Kafka: raw messages on their way in, changes on their way out."""
