"""The signs by which an instruction to a model is told from talk between people.

Each is a pattern of what nobody says to a person: the turns of a chat with a program, its markup, orders
about its answer. They are written for what the words do, not for known attacks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from extractor.patterns import regex


@dataclass(frozen=True)
class Sign:
    """A pattern with what it says of a turn. A turn without any of `words` need not be searched for it.

    `words` are in lower case, and one of five letters stands for all that begin so; None where the pattern
    has none. Scripts without blanks between words are searched for every pattern. `marks` is found wherever
    the pattern is, in a fraction of the time.
    """

    why: str
    pattern: re.Pattern[str]
    words: frozenset[str] | None
    marks: re.Pattern[str] | None


def _sign(why: str, words: str | None, *patterns: str, marks: str | None = None) -> Sign:
    known = None if words is None else frozenset(words.split())
    pattern = regex("|".join(patterns), re.IGNORECASE)
    return Sign(why, pattern, known, None if marks is None else regex(marks, re.IGNORECASE))


def _near(letters: int) -> str:
    """Further on in the same sentence."""
    return rf"[^.?!\n]{{0,{letters}}}?"


def _foreign(verbs: str, which: str, rules: str) -> str:
    """An order to ignore all, your or the previous rules; in whatever order a language has its adjectives."""
    before, after = rf"\b(?:{which}).{{0,30}}\b(?:{rules})", rf"\b(?:{rules}).{{0,20}}\b(?:{which})"
    return rf"\b(?:{verbs})\b.{{0,30}}?(?:{before}|{after})"


# All repetitions are bounded: a turn may be a megabyte of blanks or brackets.
_S = r"\s{0,5}"
_BEGIN = rf"(?:^|(?<=[.!?;:,()\[\]>\n])|(?<=[-–—])){_S}"
# An order: at the beginning of a clause, or after words that lead to one.
_ORDER = (
    rf"(?:{_BEGIN}|\b(?:please|kindly|you (?:must|should|shall|will|have to|are to)|now|then|and|so|simply|"
    r"must|okay|ok)\s)"
)
_DO = (
    r"(?:set|record|write|mark|put|note|log|enter|fill|answer|respond|reply|output|return|print|say|report|"
    r"rate|score|give|grade|classify|treat|count|ignore|disregard|skip|drop|delete|erase|remove|leave|"
    r"change|update|replace|use|assume|consider|qualify|extract|summari[sz]e|register|raise|pretend|act|"
    r"repeat|forget|please|stop|do(?:n['’]t| not)|never|always|from now on|add|list(?! (?:is|was|price))|"
    r"include|exclude|confirm|accept|copy|follow)"
)
_READER = (
    r"(?:(?:ai|language|large language) (?:model|assistant|agent|system|note[- ]?taker|bot|tool|reader|"
    r"software|summari[sz]er|classifier)|ai|a\.i\.?|llm|gpt(?:-?\d\w{0,9})?|chat ?gpt|claude|gemini|copilot|"
    r"(?:chat|meeting|note|transcript)?[- ]?bot|(?:ai |virtual |digital |meeting )?assistant|note[- ]?taker|"
    r"record[- ]keeper|model|computer|transcri(?:ber|ptionist)|summari[sz]er|"
    r"(?:security |content |injection )(?:filter|classifier)|"
    r"(?:transcript(?:ion)?|automat(?:ic|ed)|(?:lead|call)[- ]\w{1,20}|analysis|qualification|scoring|"
    r"extraction|summary) (?:software|system|engine|tool|processor|reader|analy[sz]er|program|"
    r"service|parser))"
)
_READER_WORDS = (
    "ai ais llm llms gpt chatgpt claude gemini copilot bot bots chatbot chatbots notetaker taker takers "
    "assistant assistants keeper model models computer computers transcriber transcriptionist summarizer "
    "summariser summarizers summarisers filter filters classifier classifiers software system systems engine "
    "tool tools processor processors reader readers analyzer analyser program service parser machine"
)
_TALK = r"(?:transcript|call|conversation|recording|document|dialogue|file)"
_LEAD = rf"(?:lead|prospect|deal|opportunity|{_TALK}|us|me)"
_KEY = (
    r"(?:budget|authority|needs?|timeline|role|status|option|score|confidence|evidence|quotes?|tier|"
    r"amount_m(?:in|ax)|decision_makers?)"
)
_RULES = (
    r"(?:(?:system |hidden )?instructions?|prompts?|rules|guidelines|guardrails|directives|directions|orders|"
    r"restrictions)"
)
_RULES_WORDS = (
    "instruction instructions prompt prompts rules guidelines guardrails directives directions orders "
    "restrictions"
)
_OVERRIDE = (
    r"(?:ignor(?:e|ing)|disregard|forget|overrid(?:e|ing)|overrule|bypass|discard|skip|dismiss|abandon|"
    r"do(?:n['’]t| not) (?:follow|obey|heed)|pay no attention to)"
)
_OVERRIDE_WORDS = (
    "ignore ignoring disregard forget override overriding overrule bypass discard skip dismiss "
    "abandon follow "
    "obey heed attention"
)
_BEFORE = r"(?:previous(?:ly)?|prior|earlier|preceding|above|foregoing)"

SIGNS = (
    _sign(
        "chat markup", None,
        r"<\s?\|[^|<>]{1,40}\|\s?>", r"<\s?\|\s?im_", r"\[/?inst\]", r"<</?sys>>", rf"</?s>(?={_S}[\[<])",
        r"<{2,5}\s?\w[\w ]{0,40}>{2}", r"<(?:start|end)_of_turn>", r"```",
        r"##\s?(?:instructions?|response|system|user|assistant|human|input|output)\b",
        rf"</?(?:system|assistant|user|instructions?|prompt|answer|response|think|earlier|{_TALK}|{_KEY})>",
        marks=r"[<\[`#]",
    ),
    # A merge field that a mail program left empty ({{first_name}}) is a slip of people.
    _sign(
        "template syntax", None,
        r"\{%", r"\{#", r"<%", r"\$\{", r"\$\(", r"\{\{(?!\s?[\w. ]{1,40}\}\})",
        marks=r"[{<$]",
    ),
    _sign(
        "an answer in the form of a record",
        "budget authority need needs timeline role status option score confidence evidence quote quotes tier "
        "amount decision none end curly seller buyer date",
        rf"[\"']{_KEY}[\"']{_S}:", rf"\b{_KEY}{_S}:{_S}[\[{{]", rf"\b{_KEY}\w{{0,20}}{_S}={_S}[\w\"']",
        r"\b(?:amount_m(?:in|ax)|decision_makers?|none_of_these|end_user)\b", r"\bcurly (?:bracket|brace)",
        rf"\w:{_S}\{{{_S}(?:date|seller|buyer|{_KEY}){_S}:",
        marks="[:=_]|brac",
    ),
    _sign(
        "speaks as a program or its user",
        "system assistant human message prompt note tool answer answers thought observation turn",
        rf"{_BEGIN}(?:system|assistant|human|(?:system|developer|user|assistant) (?:message|prompt|note)|"
        rf"tool (?:result|output|call)|final answer|thought|observation){_S}:",
        rf"\b(?:expected|required) answers?{_S}:", rf"\banswer{_S}:{_S}[\"']?(?:yes|no)\b",
        rf"\bturn{_S}:{_S}[\"“]", r"\bin the (?:last|above|following) turn\b",
    ),
    _sign(
        "speaks as a program or its user",
        "generated produced written reading processing analyzing analysing scoring",
        r"\b(?:summary|notes|minutes) (?:was |were )?(?:auto\w{0,9}[- ])?(?:generated|written|produced) by\b",
        r"\byou(?: are|['’]re) (?:now )?(?:reading|processing|analy[sz]ing|scoring) (?:an? |the |this )?"
        r"(?:sales )?(?:call|transcript|conversation|recording)\b",
    ),
    _sign(
        "overrides instructions", f"{_OVERRIDE_WORDS} cancel neglect neglecting erase delete",
        rf"\b{_OVERRIDE}\b{_near(50)}\b(?:{_BEFORE}|initial|original|system|your|former|first) "
        rf"(?:\w{{1,20}} )"
        rf"{{0,2}}{_RULES}\b",
        rf"\b{_OVERRIDE}\b{_near(30)}\b(?:{_RULES}|everything|anything|all|what(?:ever)?)(?: that)? "
        r"you(?:['’]ve| "
        r"have| were| had| got| are){1,3} (?:been )?(?:told|given|got|taught|instructed|asked)",
        rf"\b{_OVERRIDE}\b{_near(30)}\b(?:{_RULES}|everything) (?:that )?you got\b",
        rf"{_ORDER}{_OVERRIDE} (?:all |any |every )?(?:of )?(?:the |these |those |this )?(?:{_RULES}|"
        r"(?:rest of )?"
        rf"(?:the |this )?transcript|above(?! \w{{1,20}}ing\b)|preceding|foregoing)\b",
        rf"\b{_OVERRIDE} (?:everything|all|anything)(?: \w{{1,20}})? (?:above|before this)\b",
        rf"{_ORDER}{_OVERRIDE} (?:everything|all text) before\b",
        rf"\b(?:cancel|neglect(?:ing)?|erase) (?:all |any )?(?:of )?(?:the |your )?{_BEFORE} (?:\w{{1,20}} )?"
        rf"(?:{_RULES}|words|text|messages)\b",
        rf"\b(?:erase|delete|forget|discard) (?:all|everything|whatever)\b{_near(40)}\b(?:your "
        r"(?:notes|output|"
        r"memory|answers?)|you (?:thought|wrote|noted|recorded|answered))\b",
    ),
    _sign(
        "overrides instructions", f"{_RULES_WORDS} override mode task",
        rf"\b{_BEFORE} {_RULES} (?:should|must|are to|can) (?:now )?be \w",
        r"\b(?:follow(?:ing)?|obey|execute) (?:the |these |this |my )?(?:following )?(?:new|"
        rf"correct(?:ed)?) {_RULES}\b",
        rf"\b(?:new|correct(?:ed)?) {_RULES}\b{_near(12)}\byou (?:should|must|shall|have to|are to)\b",
        r"\b(?:supersedes?|replaces?|voids?|revokes?) (?:all |any )?(?:of )?(?:the |your "
        rf")?{_BEFORE} {_RULES}\b",
        rf"\byour (?:\w{{1,20}} )?{_RULES} (?:are|is|have been|no longer) (?:void|apply|suspended|lifted|"
        r"replaced|now)",
        rf"\b{_RULES} (?:that )?you (?:were|have been|are) given\b{_near(20)}\b(?:no longer|void|don['’]t)\b",
        r"\b(?:your|the|new) (?:\w{1,20} )?(?:system|hidden|initial) prompt\b",
        rf"\bnew (?:instructions|system prompt){_S}:", r"\bsystem override\b",
        r"\bnew (?:developer|system|admin) (?:instruction|message|prompt)s?\b",
        r"\byour (?:only|new|real|true) (?:instructions?|task) (?:is|are)\b",
        r"\b(?:developer|debug|god|admin|override|jailbreak|dan) mode (?:is )?(?:now )?"
        r"(?:on|active|activated|enabled)\b",
    ),
    _sign(
        "tells software what to answer", _READER_WORDS,
        # "AI note-taker, record ...", "Note for the summary tool: enter ...", "Attention, reader: ..."
        rf"{_BEGIN}(?:(?:hey|hi|hello|ok|okay|dear|attention|now|so|and|listen|(?:a )?(?:note|"
        r"message|reminder|"
        r"instructions?|order)|to|for)\W{1,3}){0,3}(?:(?:the|any|every|all|our|your|this|whatever|"
        r"whichever) )?"
        rf"{_READER}s?(?: \w{{1,20}}){{0,3}}?{_S}(?:[,:;]|"
        rf"\s[-–—])(?={_S}(?:[\w'’]{{1,20}}\W{{1,3}}){{0,10}}?{_DO}\b)",
        rf"{_BEGIN}(?:hey|hi|ok|okay|dear|"
        rf"attention) {_READER}s?\b(?=\W{{1,3}}(?:\w{{1,20}}\W{{1,3}}){{0,2}}?{_DO}\b)",
        rf"\b(?:note|message|instructions?|reminder) (?:to|for) (?:the |any |all )?{_READER}s?\b",
        rf"\b{_READER}s?(?: \w{{1,20}}){{0,2}} (?:reading|processing|summari[sz]ing|analy[sz]ing) this\b",
        rf"\bas an? (?:ai|language model|automated)\b{_near(30)}\byou (?:must|should|shall|will|"
        r"have to|are)\b",
        r"\bto (?:the|any|all|every) (?:ai|language model|llm|bot)s?\s?[:,]",
        rf"\bif you(?: are|['’]re) (?:an? |the )?(?:{_READER}|program|machine|software)\b",
        rf"\b(?:{_READER}|automated (?:reader|system|tool))s?\b{_near(40)}\b(?:must|shall|may)(?: "
        r"not| never)? "
        r"(?:extract|report|register|record|output|score|rate|count|mark)\b",
    ),
    _sign(
        "tells software what to answer",
        "ia ki ai llm bot chatbot modelo model modèle modell assistente assistent asistente",
        r"\b(?:note|nota|notiz|hinweis|nachricht|anweisung|message|mensaje|aviso|instruction|"
        r"instrucci[oó]n)s? "
        r"(?:pour|para|per|an|à|al?|voor|aan) (?:l['’]\s?|(?:la|le|los|el|il|die|das|den|alle|de|o|os|as) )?"
        r"(?:ia|ki|ai|llm|bot|chatbot|modelo?|modèle|modell|assistente?|asistente|assistent)\b",
    ),
    _sign(
        "tells software what to answer",
        "whoever whatever whichever instruct command order direct decode decipher decrypt",
        r"\b(?:who|what|which)ever (?:program |software |system |model |ai )?(?:reads?|analy[sz]es?|"
        r"process(?:es)?|"
        rf"scores?|summari[sz]es?|transcribes?) (?:this|the {_TALK})\b",
        rf"\bI (?:hereby )?(?:instruct|command|order|direct) you to {_DO}\b",
        rf"\b(?:decode|decipher|decrypt)\b{_near(40)}\b(?:follow|obey|execute|do (?:as|what)|act)\b",
    ),
    _sign(
        "tells software what to answer", "answer reply respond output fields field",
        rf"(?:{_ORDER}|\bfrom (?:now|here) on,? )(?:(?:always|only|just) ){{0,2}}(?:answer|reply|"
        r"respond|output)"
        r"(?: with)? [\"'“]?(?:yes|no)\b(?=[\"'”]?\s?(?:$|[.!]|to (?:every|all|each|any|what)))",
        rf"{_ORDER}(?:answer|reply to|respond to) (?:every|each|all) (?:\w{{1,20}} )?questions?\b",
        rf"{_ORDER}(?:output|return|report|set|leave|mark|answer|select|choose)\b{_near(50)}\b(?:every|"
        r"each|all|any)"
        r"(?: of)?(?: the)? (?:other )?fields?\b",
        r"\b(?:every|all) (?:of )?(?:the )?(?:other )?fields? (?:is|are) (?:stated|absent|empty|filled|"
        r"complete)\b",
    ),
    _sign(
        "tells software what to answer", "empty blank absent stated null option value answer confidence",
        rf"{_ORDER}(?:return|output|report|give) (?:an? )?(?:empty|blank) (?:list|answer|record|result)",
        rf"\b(?:report|return|mark|leave)\b{_near(20)}\b(?:{_KEY}|fields?|everything)\b{_near(20)}\bas "
        r"(?:absent|stated|null|empty)\b",
        rf"{_ORDER}(?:set|select|choose|pick|use) (?:the )?(?:option|value|answer|confidence)\b",
    ),
    _sign(
        "asks for a score", "rate score grade rating tier marks points",
        rf"{_ORDER}(?:rate|score|grade) (?:this |the |our |my )?{_LEAD}(?: as| at| with| a| an)? (?:\d|"
        r"hot\b|high|"
        r"full|top|perfect|one hundred|ninety|maximum|(?:ten|nine)\b)",
        rf"{_ORDER}(?:give|assign|award|set|raise|put)\b{_near(40)}\b(?:highest|maximum|top|full|"
        r"perfect|best|"
        r"lowest|zero|lead) (?:possible )?(?:score|rating|tier|marks?|points)\b",
        r"\b(?:lead )?score (?:should be|must be|to) (?:100|one hundred|ninety|the max)",
    ),
    _sign(
        "passes off as another transcript",
        "transcript call conversation recording document dialogue file end start beginning begin",
        rf"\b{_TALK} (?:ends|stops|finishes|is over|ended|begins|starts) (?:here|now|below)\b",
        rf"\b(?:new|real|actual|correct(?:ed)?|true) {_TALK}\s?(?::|begins|starts|follows|is (?:below|the))",
        rf"{_BEGIN}(?:end|start|begin(?:ning)?) of (?:transcript|document|context|input|prompt|"
        r"instructions)\b",
        rf"\b(?:use|trust|take|read) (?:this|these|the following)\b{_near(30)}\binstead of the {_TALK}\b",
        r"\bas if (?:that|it|this) (?:were|was|had been|stood) in the transcript\b",
    ),
    _sign(
        "passes off as another transcript",
        "pretend assume imagine suppose treat treats treated count counts counted read reads readed",
        rf"\b(?:pretend|assume|imagine|suppose)\b{_near(30)}\b(?:buyer|customer|seller|client) (?:had |"
        r"has )?said\b",
        rf"\b(?:treat|count|read)(?:s|ed)?\b{_near(60)}\bas (?:said|spoken|coming) (?:by|from) the "
        r"(?:buyer|seller|"
        r"customer|other)\b",
    ),
    _sign(
        "gives a model a part to play",
        "ai model llm chatbot dan jailbroken unrestricted unfiltered assistant analyst bot character game",
        r"\byou(?:['’]re| are) (?:now |no longer )?(?:an? |the )?(?:ai|language model|chatbot|llm|dan|"
        r"jailbroken|"
        r"unrestricted|unfiltered)\b(?! (?:company|team|shop|people|guys?|vendor|firm))",
        r"\byou are no longer an? (?:\w{1,20} )?(?:assistant|model|analyst|bot|ai)\b",
        r"\bstay in character\b",
        r"\blet['’]?s play a game\b[^\n]{0,40}\byou (?:are|play|will|must)\b",
        r"\b(?:used to be|were|act as|be|play|pretend to be) (?:an? |my |the )?(?:language model|"
        r"ai model|llm|"
        r"unrestricted \w)",
    ),
    _sign(
        "overrides instructions",
        "ignor missa vergi verge oubli négli negli olvid olvíd desca esque desco dimen negee zigno "
        "zapom pomin pomiń игнор проиг забуд تجاهل",
        _foreign(
            "ignorier(?:e|en sie)|missachten? sie|vergiss|vergessen sie",
            "all|bisherig|vorherig|obig|dein|ihr",
            "anweisung|instruktion|regel|vorgabe",
        ),
        _foreign(
            "ignore[zr]?|oublie[zr]?|n[ée]glige[zr]?", "toutes|vos|tes|pr[ée]c[ée]d|ci-dessus",
            "instruction|consigne|r[eè]gle|directive",
        ),
        _foreign(
            "ignor[ae]|olv[ií]d[ae](?:te)?|descart[ae]", "todas|tus|sus|anterior|previa",
            "instruccion|regla|indicacion",
        ),
        _foreign(
            "ignor[ea]|esque[çc]a|desconsider[ea]", "todas|suas|anterior|acima|pr[ée]via",
            "instruç|instruc|regra|orienta",
        ),
        _foreign("ignora|dimentica", "tutte|tue|precedent|sopra", "istruzion|regol|indicazion"),
        _foreign(
            "negeer|vergeet", "alle|je|uw|vorige|eerdere|bovenstaande",
            "instructie|aanwijzing|regels|opdracht",
        ),
        _foreign("zignoruj|zapomnij|pomi[nń]", "wszystki|poprzedni|twoje|powyższ", "instrukcj|polece|zasad"),
        _foreign(
            "(?:про)?игнорируй(?:те)?|забудь(?:те)?", "все|предыдущ|сво|ваш|прежн",
            "инструкци|указани|правил",
        ),
        r"(?:忽略|无视|無視|忘记|忘掉).{0,15}(?:指令|指示|说明|规则|提示)",
        r"(?:指示|命令|ルール|プロンプト).{0,12}(?:無視|忘れ)", r"(?:지시|명령|규칙|지침).{0,12}(?:무시|잊)",
        r"تجاهل.{0,30}(?:التعليمات|الأوامر|القواعد)", r"[致给對对](?:AI|人工智能|语言模型|大模型)",
    ),
)  # fmt: skip
