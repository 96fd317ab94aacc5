"""Turns rows into answers: names in both languages, sentences for reasons, personal data masked. It must never leave a
text of a source unmasked."""

from collections.abc import Iterable

import msgspec

from hub.edges.authoring.explaining import Border, Step
from hub.edges.store.rows import DeadlineRow, IncidentRow, RejectRow, ReportRow, RevisionRow, TaskRow, TimelineRow
from hub.edges.web.answers import (
    BorderAnswer,
    DeadlineAnswer,
    IncidentAnswer,
    MutedAnswer,
    PetitionerAnswer,
    PlaceAnswer,
    RejectAnswer,
    ReportAnswer,
    ReportDetail,
    RevisionAnswer,
    StepAnswer,
    StepOfClock,
    TaskAnswer,
    TimelineAnswer,
    TriedAnswer,
    WhyAnswer,
)
from hub.rulebook.book import Name, Rulebook
from hub.rulebook.names import names_of
from hub.vocabulary.masking import mask, mask_name, mask_phone
from hub.vocabulary.messages import Petitioner
from hub.vocabulary.mutes import Mute
from hub.vocabulary.phrases import phrase
from hub.vocabulary.supervision import Supervision
from hub.vocabulary.why import Fact, Why


class Telling:
    """Answers in the words of one rulebook."""

    def __init__(self, book: Rulebook) -> None:
        self._categories = book.categories
        names = names_of(book)
        self._zh = {id: name.zh for id, name in names.items()}
        self._en = {id: name.en for id, name in names.items()}
        self._owners = names
        self._districts = {district.code: district.name for district in book.city.districts}
        self._bureaus = {bureau.id: bureau.name for bureau in book.city.bureaus}

    def incident(self, row: IncidentRow) -> IncidentAnswer:
        """An incident."""
        values = msgspec.structs.asdict(row) | {"title": mask(row.title), "address": mask(row.address)}
        del values["mute"]
        return IncidentAnswer(
            **values,
            category_name=self._category(row.category),
            district_name=self._district(row.district),
            lead_bureau_name=self._bureaus.get(row.lead_bureau or ""),
            muted=self._muted(row.mute),
        )

    def report(self, row: ReportRow) -> ReportAnswer:
        """A report."""
        report, place = row.located.report, row.located.place
        names = _names(row.petitioner)
        return ReportAnswer(
            report_id=row.report_id,
            feed=row.feed,
            source_id=row.source_id,
            source=report.source,
            revision=row.revision,
            raw_id=row.raw_id,
            incident_id=row.incident_id,
            occurred_at=row.occurred_at,
            received_at=row.received_at,
            updated_at=row.updated_at,
            rulebook_version=row.rulebook_version,
            status=report.status,
            title=mask(report.title, names),
            text=mask(report.text, names),
            address=mask(report.address, names),
            category=row.located.classification.category,
            category_name=self._category(row.located.classification.category),
            severity=row.located.classification.severity,
            petitioner=_petitioner(row.petitioner),
            place=PlaceAnswer(
                precision=place.precision,
                point=place.point,
                district=place.district,
                district_name=self._district(place.district),
                grid=place.grid,
            ),
        )

    def report_detail(self, row: ReportRow, revisions: Iterable[RevisionRow], truncated: bool) -> ReportDetail:
        """A report with all that is kept of it."""
        report = row.located.report
        names = _names(row.petitioner)
        return ReportDetail(
            **msgspec.structs.asdict(self.report(row)),
            code=report.code,
            category_names=tuple(mask(name, names) for name in report.category_names),
            device_id=report.device_id,
            attributes={mask(key, names): mask(value, names) for key, value in report.attributes.items()},
            why=self.whys((*row.located.classification.why, row.located.place.why)),
            revisions=tuple(_revision(revision, names) for revision in revisions),
            revisions_truncated=truncated,
        )

    def task(self, row: TaskRow) -> TaskAnswer:
        """A task with its clocks."""
        values = msgspec.structs.asdict(row) | {
            "incident_title": mask(row.incident_title),
            "deadlines": tuple(self._deadline(clock) for clock in row.deadlines),
            "why": self.whys(row.why),
        }
        return TaskAnswer(**values, bureau_name=self._bureaus.get(row.bureau))

    def timeline(self, row: TimelineRow) -> TimelineAnswer:
        """One thing that happened."""
        return TimelineAnswer(**msgspec.structs.asdict(row) | {"why": self.whys(row.why)})

    def reject(self, row: RejectRow) -> RejectAnswer:
        """A reject."""
        return RejectAnswer(**msgspec.structs.asdict(row) | {"message": mask(row.message)})

    def whys(self, whys: Iterable[Why]) -> tuple[WhyAnswer, ...]:
        """Reasons with their sentences."""
        return tuple(self._why(why) for why in whys)

    def reasons(
        self, first: ReportRow | None, timeline: Iterable[TimelineRow], tasks: Iterable[TaskRow]
    ) -> tuple[WhyAnswer, ...]:
        """Every reason behind an incident once: how its first report was understood, what was decided, the clocks."""
        found: list[Why] = []
        if first is not None:
            found += (*first.located.classification.why, first.located.place.why)
        found += [why for entry in timeline for why in entry.why]
        for task in tasks:
            found += (*task.why, *(clock.why for clock in task.deadlines))
        once = {msgspec.json.encode(why): why for why in found}
        return self.whys(once.values())

    def steps(self, steps: Iterable[Step]) -> tuple[StepAnswer, ...]:
        """What each room tried."""
        return tuple(
            StepAnswer(
                stage=step.stage,
                tried=tuple(TriedAnswer(rule=t.rule, failed=t.failed, ground=t.ground) for t in step.tried),
                about_others=step.about_others,
                why=self.whys(step.why),
            )
            for step in steps
        )

    def border(self, border: Border | None) -> BorderAnswer | None:
        """The outline that placed a report."""
        if border is None:
            return None
        return BorderAnswer(**msgspec.structs.asdict(border), district_name=self._district(border.district))

    def _deadline(self, row: DeadlineRow) -> DeadlineAnswer:
        values = msgspec.structs.asdict(row)
        del values["task_id"], values["supervision"]
        return DeadlineAnswer(**values | {"why": self._why(row.why), "steps": self._steps(row.supervision)})

    def _steps(self, supervision: Supervision | None) -> tuple[StepOfClock, ...]:
        if supervision is None:
            return ()
        return tuple(
            StepOfClock(
                rule=supervision.rule,
                at=step.at,
                raises=step.raises,
                to=step.to,
                to_name=self._owners.get(step.to),
                done=step.done,
            )
            for step in supervision.steps
        )

    def _why(self, why: Why) -> WhyAnswer:
        return WhyAnswer(
            stage=why.stage,
            rule=why.rule,
            verdict=why.verdict,
            facts={name: _masked(fact) for name, fact in why.facts.items()},
            zh=mask(phrase(why, "zh", self._zh)),
            en=mask(phrase(why, "en", self._en)),
        )

    def _muted(self, mute: Mute | None) -> MutedAnswer | None:
        if mute is None:
            return None
        owner = self._owners.get(mute.owner)
        return MutedAnswer(rule=mute.rule, owner=mask(mute.owner), owner_name=owner, until=mute.until)

    def _category(self, key: str) -> Name | None:
        category = self._categories.get(key)
        return category.name if category else None

    def _district(self, code: str | None) -> Name | None:
        return self._districts.get(code or "")


def _masked(fact: Fact) -> Fact:
    return mask(fact) if isinstance(fact, str) else fact


def _names(petitioner: Petitioner | None) -> tuple[str, ...]:
    return (petitioner.name,) if petitioner is not None and petitioner.name else ()


def _petitioner(petitioner: Petitioner | None) -> PetitionerAnswer | None:
    if petitioner is None:
        return None
    if petitioner.secret:
        return PetitionerAnswer(name="", phone="", secret=True)
    return PetitionerAnswer(name=mask_name(petitioner.name), phone=mask_phone(petitioner.phone), secret=False)


def _revision(row: RevisionRow, names: tuple[str, ...]) -> RevisionAnswer:
    report = row.located.report
    return RevisionAnswer(
        revision=row.revision,
        raw_id=row.raw_id,
        filed_at=row.filed_at,
        stale=row.stale,
        rulebook_version=row.rulebook_version,
        occurred_at=report.occurred_at,
        updated_at=report.updated_at,
        status=report.status,
        title=mask(report.title, names),
        text=mask(report.text, names),
        address=mask(report.address, names),
        category=row.located.classification.category,
    )
