"""The account's registered templates: what may stand in each, what each costs."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

FILE = Path(__file__).parent / "zalo_templates.json"
BLANK = re.compile(r"<([a-z0-9_]+)>")


class TemplateStatus(StrEnum):
    """Zalo's words for whether a template may be sent, in the order of its numbers."""

    ENABLE = "ENABLE"
    PENDING_REVIEW = "PENDING_REVIEW"
    REJECT = "REJECT"
    DISABLE = "DISABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """One parameter; `longest` is in letters after NFC."""

    name: str
    longest: int
    is_required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ZaloTemplate:
    """One template; prices are đồng a message."""

    id: str
    name: str
    status: TemplateStatus
    price: int
    price_uid: int
    quality: str
    tag: str
    text: str
    blanks: tuple[Blank, ...]

    def fault(self, data: Mapping[str, object]) -> int:
        """Return Zalo's code for what is wrong with these parameters, 0 for nothing."""
        for blank in self.blanks:
            word = data.get(blank.name)
            if word in (None, ""):
                if blank.is_required:
                    return -1122
                continue
            if not isinstance(word, str):
                return -112
            if len(unicodedata.normalize("NFC", word)) > blank.longest:
                return -1121
        known = {blank.name for blank in self.blanks}
        return 0 if data.keys() <= known else -112

    def filled(self, data: Mapping[str, object]) -> str:
        """Return what the phone shows; lines whose blanks all stay empty are left."""
        lines = []
        for line in self.text.split("\n"):
            words = [str(data.get(name) or "") for name in BLANK.findall(line)]
            if words and not any(words):
                continue
            lines.append(BLANK.sub(lambda m: str(data.get(m[1]) or ""), line))
        return "\n".join(lines)

    def brief(self) -> dict[str, object]:
        """Return the template as the list of templates shows it."""
        return {
            "templateId": int(self.id),
            "templateName": self.name,
            "createdTime": 1_767_225_600_000,
            "status": self.status,
            "templateQuality": self.quality,
        }

    def full(self) -> dict[str, object]:
        """Return the template as its own page shows it; prices are strings there."""
        return {
            "templateId": int(self.id),
            "templateName": self.name,
            "status": self.status,
            "reason": "",
            "listParams": [
                {
                    "name": blank.name,
                    "require": blank.is_required,
                    "type": "STRING",
                    "maxLength": blank.longest,
                    "minLength": 0,
                    "acceptNull": not blank.is_required,
                }
                for blank in self.blanks
            ],
            "listButtons": [],
            "timeout": 7_200_000,
            "previewUrl": f"https://account.zalo.example/znspreview/{self.id}",
            "templateQuality": self.quality,
            "templateTag": self.tag,
            "price": f"{self.price}.0",
            "price_sdt": f"{self.price}.0",
            "price_uid": f"{self.price_uid}.0",
        }


class Templates:
    """All templates of the account, by id."""

    def __init__(self) -> None:
        self._by_id = read_templates()

    def reset(self) -> None:
        """Return every template to what its file says."""
        self._by_id = read_templates()

    def find(self, template_id: str) -> ZaloTemplate | None:
        """Find a template."""
        return self._by_id.get(template_id)

    def all(self) -> list[ZaloTemplate]:
        """List the templates in the order of their file."""
        return list(self._by_id.values())

    def judge(self, template_id: str, status: TemplateStatus) -> TemplateStatus:
        """Change a template's status and return the one before. Raises KeyError."""
        template = self._by_id[template_id]
        self._by_id[template_id] = replace(template, status=status)
        return template.status


def read_templates(path: Path = FILE) -> dict[str, ZaloTemplate]:
    """Read a file of templates; a blank is name, length, and whether needed."""
    return {entry["id"]: _template(entry) for entry in json.loads(path.read_text())}


def _template(entry: dict[str, object]) -> ZaloTemplate:
    params = entry["params"]
    blanks = tuple(
        Blank(name=p[0], longest=p[1], is_required=False not in p[2:])
        for p in (params if isinstance(params, list) else [])
    )
    return ZaloTemplate(
        id=str(entry["id"]),
        name=str(entry["name"]),
        status=TemplateStatus(str(entry["status"])),
        price=int(str(entry["price"])),
        price_uid=int(str(entry["price_uid"])),
        quality=str(entry["quality"]),
        tag=str(entry["tag"]),
        text=str(entry["text"]),
        blanks=blanks,
    )
