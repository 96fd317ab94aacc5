"""Names of the Kafka topics. It must never decide who reads them."""

from functools import cache

from hub.vocabulary.terms import Feed

#: Topic of every change of an incident, keyed by its id.
CHANGES = "changes"
_FEED_PREFIX = "feed."


def topic_of(feed: Feed) -> str:
    """The topic a feed's raw messages travel on."""
    return f"{_FEED_PREFIX}{feed.value}"


@cache
def feed_of(topic: str) -> Feed:
    """The feed of a topic; ValueError when it is none of ours."""
    return Feed(topic.removeprefix(_FEED_PREFIX))


#: Header of a record whose body stayed in `raw_messages`, too large for the road.
BODY_IS_STORED = "body_is_stored"

#: Header of a canary: a record of the hub's own that shows whether its partition is read, and carries nothing.
CANARY = "tongguan_canary"

#: Topics that raw messages travel on.
FEED_TOPICS = tuple(topic_of(feed) for feed in Feed)

#: Every topic of the hub.
TOPICS = (*FEED_TOPICS, CHANGES)
