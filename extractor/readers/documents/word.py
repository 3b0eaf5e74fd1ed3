"""Word documents (.docx): their paragraphs and tables, opened with suspicion."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractor.errors import InputError
from extractor.readers.archives import checked_zip, read_member
from extractor.readers.base import Content
from extractor.readers.documents.lines import once

if TYPE_CHECKING:
    from docx.document import Document as Opened
    from docx.oxml.xmlchemy import BaseOxmlElement

_MAIN = "word/document.xml"
_SCHEMAS = "http://schemas.openxmlformats.org"
_W = f"{{{_SCHEMAS}/wordprocessingml/2006/main}}"
_ID = f"{{{_SCHEMAS}/officeDocument/2006/relationships}}id"
_P, _TBL, _TR, _TC = f"{_W}p", f"{_W}tbl", f"{_W}tr", f"{_W}tc"
_R, _T, _LINK = f"{_W}r", f"{_W}t", f"{_W}hyperlink"
_BREAKS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
# Text boxes stand twice, once for old programs; a struck-out move stands at both its places.
_FALLBACK = f"{{{_SCHEMAS}/markup-compatibility/2006}}Fallback"
_LEFT_OUT = frozenset({f"{_W}txbxContent", f"{_W}moveFrom", _FALLBACK})
_INSIDE = frozenset({f"{_W}{tag}" for tag in ("sdt", "sdtContent", "customXml", "ins", "moveTo")})
_DECLARED = tuple("<!DOCTYPE".encode(e) for e in ("utf-8", "utf-16-le", "utf-16-be"))
_BROKEN = "Save the document again, or export the transcript as text."


@dataclass(frozen=True)
class Document:
    """A Word document in the order in which it is read.

    `paragraphs` has line breaks as `\\n` and links to mail addresses as `[name](mailto:address)`; paragraphs
    in tables stand in `tables` alone, each a list of rows of cells.
    """

    paragraphs: tuple[str, ...]
    tables: tuple[tuple[tuple[str, ...], ...], ...]

    @property
    def text(self) -> str:
        """The paragraphs with a blank line between."""
        return "\n\n".join(self.paragraphs)


@once
def document_of(content: Content) -> Document | None:
    """The document, None where a zip archive holds none.

    Raises:
        InputError: an archive that is refused (see `checked_zip`), XML with a document type (nothing that
            writes Word documents declares one: entities are how such files attack), or no valid document.
    """
    if _MAIN.encode() not in content.data:
        return None
    archive = checked_zip(content.data, content.name)
    if _MAIN not in archive.namelist():
        return None
    for member in archive.infolist():
        if member.filename.endswith((".xml", ".rels")):
            data = read_member(archive, member, content.name)
            if any(mark in data for mark in _DECLARED):
                raise InputError(f"{content.name}: a Word document that declares a document type.", _BROKEN)
    # Most runs meet no Word document, and it takes a while to load.
    import docx

    try:
        document = docx.Document(io.BytesIO(content.data))
        blocks = list(_blocks(document.element.body, dict(_mail_links(document))))
    except Exception:  # python-docx raises whatever its code happens to meet in a damaged file
        raise InputError(f"{content.name}: a damaged Word document.", _BROKEN) from None
    return Document(
        tuple(b for b in blocks if isinstance(b, str)), tuple(b for b in blocks if isinstance(b, tuple))
    )


def _mail_links(document: Opened) -> Iterator[tuple[str, str]]:
    for key, link in document.part.rels.items():
        if link.is_external and link.target_ref.startswith("mailto:"):
            yield key, link.target_ref


def _blocks(parent: BaseOxmlElement, mails: dict[str, str]) -> Iterator[str | tuple[tuple[str, ...], ...]]:
    for child in parent:
        if child.tag == _P:
            yield _text(child, mails)
        elif child.tag == _TBL:
            yield tuple(
                tuple("\n".join(_text(p, mails) for p in cell.iter(_P)) for cell in row.iterchildren(_TC))
                for row in child.iterchildren(_TR)
            )
        elif child.tag in _INSIDE:
            yield from _blocks(child, mails)


def _text(parent: BaseOxmlElement, mails: dict[str, str]) -> str:
    return "".join(_pieces(parent, mails))


def _pieces(parent: BaseOxmlElement, mails: dict[str, str]) -> Iterator[str]:
    for child in parent:
        if child.tag == _T:
            yield child.text or ""
        elif child.tag in _BREAKS and parent.tag == _R:
            yield _BREAKS[child.tag]
        elif child.tag == _LINK and child.get(_ID) in mails:
            yield f"[{_text(child, mails)}]({mails[child.get(_ID)]})"
        elif child.tag not in _LEFT_OUT:
            yield from _pieces(child, mails)
