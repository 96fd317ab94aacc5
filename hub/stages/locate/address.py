"""What the words of an address say: a district, a known place, a key for comparison. It must never know coordinates."""

import re
from collections.abc import Iterable

from hub.rulebook.book import City, KnownPlace
from hub.rulebook.word_index import WordIndex
from hub.vocabulary.folding import fold, fold_tight

#: A shorter key would be shared by too many places.
MIN_KEY_CHARS = 6
#: Characters of an address that are looked at.
MAX_ADDRESS_CHARS = 200

_PROVINCE = re.compile(r"[\u4e00-\u9fff]{2,5}?(?:省|自治区)")
_NEAR = re.compile(r"(?:附近|旁边|周边|一带)+$")
# A bare road is kilometres long, so a road alone does not count: it takes a number, a crossing or a named place.
_SPECIFIC = re.compile(
    r"[一二三四五六七八九十百]+[号栋楼组]|[路街道]口|交叉|交汇|[路街道]与.+[路街道]|小区|花园|家园|公馆|广场"
    r"|大厦|学校|[小中大]学|幼儿园|医院|公园|市场|商场|超市|[车北南东西]站|[大立]桥|桥$|[\u4e00-\u9fff]村|社区|酒店|宾馆"
    r"|intersection|square|station|school|hospital|park"
)
#: What most addresses have; looked for first, since it takes a tenth of the time.
_DIGIT = re.compile("[0-9]")
_CROSSING = re.compile(r"^intersection of (.+?) (?:&|and) (.+)$")


class AddressWords:
    """The words of a city by which addresses name its districts and known places."""

    def __init__(self, city: City) -> None:
        self._districts = {fold(word): d.code for d in city.districts for word in d.words}
        self._places = {fold(word): place for place in city.places for word in place.words}
        self._index = WordIndex([*self._districts, *self._places])
        names = [city.name.zh, *(district.name.zh for district in city.districts)]
        self._prefixes = tuple(sorted({fold_tight(name) for name in names} - {""}, key=len, reverse=True))
        latin = {word for word in self._districts if word.isascii()} | {fold(city.name.en)}
        self._ending = _ending(sorted(latin - {""}, key=len, reverse=True))

    def read(self, address: str) -> tuple[tuple[str, str] | None, tuple[KnownPlace, str] | None]:
        """The district and the known place that an address names, each with the word that says so."""
        folded = fold(address[:MAX_ADDRESS_CHARS])
        words = self._index.find(folded) if folded else ()
        if not words:
            return None, None
        district = _longest([word for word in words if word in self._districts], folded)
        place = _longest([word for word in words if word in self._places], folded)
        return (
            (self._districts[district], district) if district else None,
            (self._places[place], place) if place else None,
        )

    def key(self, address: str, district: str | None) -> str:
        """The address folded for comparison, with its district in front; empty when it names no one spot."""
        address = address[:MAX_ADDRESS_CHARS]
        tight = self._latin_key(address) if address.isascii() else self._chinese_key(address)
        if len(tight) < MIN_KEY_CHARS or not (_DIGIT.search(tight) or _SPECIFIC.search(tight)):
            return ""
        return f"{district or ''}:{tight}"

    def _chinese_key(self, address: str) -> str:
        tight = fold_tight(address)
        if province := _PROVINCE.match(tight):
            tight = tight[province.end() :]
        for _ in range(3):  # city, district, and a name that was written twice
            if not tight.startswith(self._prefixes):
                break
            tight = tight.removeprefix(next(prefix for prefix in self._prefixes if tight.startswith(prefix)))
        return _NEAR.sub("", tight)

    def _latin_key(self, address: str) -> str:
        folded = self._ending.sub("", fold(address))
        if crossing := _CROSSING.match(folded):
            folded = " ".join(["intersection", *sorted(crossing.groups())])
        return fold_tight(folded)


def _ending(names: Iterable[str]) -> re.Pattern[str]:
    """What a Latin address ends with: the names of district and city, a state of two letters, a postcode."""
    either = "|".join(map(re.escape, names))
    state = r"(?!st|rd|dr|ln|ct|pl|sq|pk)[a-z]{2}"  # `Roxbury St` is a street and not a state
    return re.compile(rf"(?:[ ,]+(?:{either})(?:[ ,]+{state})?(?: +[0-9]{{5}})?)+[ ,]*$")


def _longest(words: list[str], folded: str) -> str | None:
    """The longest word says most (`新绛县` and not the `绛县` in it); among equals the one that stands first."""
    if len(words) < 2:
        return words[0] if words else None
    return min(words, key=lambda word: (-len(word), folded.find(word), word))
