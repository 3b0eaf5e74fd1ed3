"""What a messenger writes into a chat by itself: notices, and words in place of pictures and sound."""

from __future__ import annotations

import re

from extractor.patterns import regex

_ENCRYPTION = regex(
    r"end-to-end[- ]?(?:encrypt|versleuteld|crypt|szyfr)|ende-zu-ende|(?:extremo a extremo|bout en bout)|"
    r"crittografi.{1,40}end-to-end|ponta a ponta|terenkripsi|uçtan uca|сквозн\w{1,5} шифрован|"
    r"päästä päähän|totalsträckskrypter|端到端|端對端|点对点加密|エンドツーエンド|종단간|بين الطرفين|"
    r"szyfrowan\w{1,5}.{1,40}end-to-end|security code (?:with .{1,80} )?changed",
    re.I,
)
_DELETED = regex(
    r"(?:(?:you deleted )?this message(?: was deleted)?|you deleted this message|"
    r"diese nachricht wurde gelöscht|du hast diese nachricht gelöscht|"
    r"(?:se eliminó este mensaje|eliminaste este mensaje|este mensaje fue eliminado|"
    r"este mensaje se eliminó)|(?:ce message a été supprimé|vous avez supprimé ce message)|"
    r"questo messaggio è stato eliminato|hai eliminato questo messaggio|"
    r"(?:mensagem apagada|esta mensagem foi apagada|você apagou esta mensagem|apagou esta mensagem)|"
    r"(?:dit bericht (?:is|werd) verwijderd|u hebt dit bericht verwijderd|je hebt dit bericht verwijderd)|"
    r"(?:tämä viesti poistettiin|poistit tämän viestin)|bu mesaj silindi|bu mesajı sildiniz|"
    r"(?:это|данное) сообщение удалено|вы удалили данное сообщение|ta wiadomość została usunięta|"
    r"(?:此訊息已刪除|此消息已删除|此消息已撤回|你撤回了一条消息|您已刪除此訊息)|"
    r"このメッセージは削除されました|삭제된 메시지입니다|pesan ini (?:telah )?dihapus|تم حذف هذه الرسالة)\.?",
    re.I,
)
_EDITED = regex(
    r"\s?<[^<>]{0,40}(?:edited|editad|bearbeitet|modifi|modificat|bewerkt|muokat|redigera|düzenlen|"
    r"измен|отредакт|edytowan|diedit|編輯|编辑|編集|수정)[^<>]{0,40}>\s*$",
    re.I,
)
_IN_BRACKETS = regex(r"<[^<>]{2,200}>")
_OMITTED = regex(
    r"(?:.{0,120} • .{0,20})?[\w ’'-]{2,40} (?:omitted|omitid[oa]s?|weggelassen|ausgeschlossen|absente?s?|"
    r"omiss?es?|omess[oia]|ocultad[oa]s?|ocult[oa]s?|weggelaten|utelämnad|jätetty pois|pominięto|"
    r"пропущен[оа]?)|"
    r"(?:图像|圖片|音频|音訊|视频|影片|贴图|貼圖|文件|媒体|媒體)(?:已)?(?:忽略|省略|略去)|(?:画像|動画|音声)(?:は)?省略\w{0,9}",
    re.I,
)
_ATTACHED = regex(r"\S[^\n]{0,200}\.\w{0,5} \([^()\n]{3,40}\)")
_CALL = regex(
    r"(?:missed (?:voice|video|group)[\w ]{0,12} ?call|(?:voice|video|silenced) call\b).{0,40}|null|"
    r"(?:location|standort|ubicación|localisation|posizione|localização)(?::| en tiempo real) ?https?://\S+|"
    r"(?:live location shared|waiting for this message.{0,60}|poll:)",
    re.I,
)


def spoken(text: str) -> tuple[str, bool]:
    """What is left of a message's text without the messenger's own words.

    Returns:
        The text, empty where nothing of it is the sender's; and whether something was attached.
    """
    text = _EDITED.sub("", text.strip())
    head, line_end, rest = text.partition("\n")
    head = head.strip()
    if _ATTACHED.fullmatch(head):
        # The name of a document is repeated below it; a picture's caption stands there.
        stem = head.rpartition(" (")[0].rpartition(".")[0]
        return ("" if rest.strip() == stem else rest), True
    if _OMITTED.fullmatch(head) and not rest:
        return "", True
    if _IN_BRACKETS.fullmatch(head) and not line_end:
        return "", True
    if cut := re.search(r"\s?<[^<>:]{2,30}: [^<>]{3,160}\.\w{2,5}>$", text):
        caption = text[: cut.start()].strip()
        return ("" if " • " in caption else caption), True
    if is_notice(head):
        return "", False
    return text, False


def is_notice(text: str) -> bool:
    """Whether a line is the messenger's own: encryption, a message that was deleted, a missed call."""
    short = len(text) <= 400
    return short and bool(
        _DELETED.fullmatch(text) or _CALL.fullmatch(text) or (len(text) > 40 and _ENCRYPTION.search(text))
        or (re.search("[端종エ]", text) and _ENCRYPTION.search(text))
    )  # fmt: skip
