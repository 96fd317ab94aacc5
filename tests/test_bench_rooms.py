"""What `bench.stages` measures is where the order of the rooms looks for it."""

from bench.stages import ROOMS


def test_every_room_that_is_measured_is_called_from_that_module() -> None:
    assert [
        f"{module.__name__}.{room}" for module, rooms in ROOMS.items() for room in rooms if room not in vars(module)
    ] == []
    assert sum(map(len, ROOMS.values())) > 5
