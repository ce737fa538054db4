"""The words of languages other than English that ask for reasoning, and those that state its result.

The languages are those whose questions are told apart by their stop words, and Japanese and Chinese by their script.
English has rules of its own in `reasoning`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from outlast.evidence.stop_words import language_of_question
from outlast.evidence.unspaced import IDEOGRAPHS, KANA

COUNTERS = "人|名|個|件|隻|台|本|枚|匹|頭|羽|冊|軒|社|か所|箇所|ヶ所|つ|种|種|个|艘|条|條|家|位|次|回"
EAST_ASIAN = re.compile(f"[{KANA}{IDEOGRAPHS}]")


@dataclass(frozen=True, kw_only=True)
class ReasoningWords:
    """Patterns for one language, which `pattern` compiles, and words between spaces.

    `total`, `average` and the others of results are searched in the question, and in the quote that states one.
    """

    count: str
    """What stands before the word for what is counted."""
    chooses: str
    """The start of a question for one of several."""
    negative: str
    compare: str
    """The start of a question that compares."""
    superlative: str
    total: str
    average: str
    says: str
    """Words between what is counted and its number."""
    numbers: str
    units: str
    """Of these there is an amount, which need not be counted."""


@cache
def pattern(source: str) -> re.Pattern[str]:
    """Compile a pattern of a language when a question in it is asked first."""
    return re.compile(source, re.IGNORECASE)


@cache
def word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DANISH_OR_NORWEGIAN = ReasoningWords(
    count=r"\bhvor\s+mange\s+(?:av|af)?\s*(?:de|disse)?\s*",
    chooses=r"(?:(?:i|på|av|af|fra|til|med|for|ved)\s+)?(?:hvilken|hvilket|hvilke|hvem|hvis)\b",
    negative=r"\b(?:ikke|aldri|aldrig|ingen|intet|uden|uten|undtagen|unntatt|hverken)\b",
    compare=r"sammenlign\w*",
    superlative=(
        r"\b(?:højest|høyest|lavest|størst|mindst|minst|længst|lengst|kortest|ældst|eldst|yngst|nyest|dyrest|billigst"
        r"|tungest|hurtigst|raskest|dybest|dypest|varmest|koldest|kaldest|flest|mest)e?\b"
    ),
    total=r"\b(?:sum|summen|total|totalt|samlet|i\s+alt|tilsammen|sammenlagt)\b",
    average=r"\b(?:gennemsnit\w*|gjennomsnitt\w*|median\w*)\b",
    says=": er var har havde hadde af av findes finnes ligger",
    numbers="ingen to tre fire fem seks syv sju otte åtte ni ti elleve tolv tyve tjue hundrede hundre tusind",
    units="""dag dage dager uge uger uke uker måned måneder år time timer minut minutter minutt sekund sekunder meter
        kilometer liter gram kilo kilogram ton tonn kroner euro procent prosent grader gange ganger""",
)

REASONING_WORDS: Mapping[str, ReasoningWords] = {
    "da": _DANISH_OR_NORWEGIAN,
    "no": _DANISH_OR_NORWEGIAN,
    "pl": ReasoningWords(
        count=r"\bile\s+(?!(?:kosztuj\w+|kosztował\w*|wynosi\w*|trwa|waży|trzeba|czasu|pieniędzy)\b)|\bilu\s+",
        chooses=r"(?:(?:w|we|na|do|z|ze|od|dla|przy|po)\s+)?(?:któr\w+|kto|kogo|czyj\w*|jaki\w*|jaka|jakie)\b",
        negative=r"\b(?:nie|nigdy|nikt|bez|żaden|żadna|żadne|żadnego|żadnej|oprócz|ani|brak)\b",
        compare=r"porówna(?:j|jcie|ć)\b",
        superlative=r"\bnaj\w{2,}(?:sz(?:y|a|e|ego|ej|ą|ych|ym|ymi)|iej)\b",
        total=r"\b(?:suma|sumę|sumy|łącznie|łączn\w+|razem|ogółem|w\s+sumie)\b",
        average=r"\b(?:średni\w*|przeciętn\w+|median\w+)\b",
        says=": jest są było był była były ma mają liczy wynosi stoi",
        numbers="żaden dwa dwie trzy cztery pięć sześć siedem osiem dziewięć dziesięć dwanaście dwadzieścia sto tysiąc",
        units="""dzień dni tydzień tygodnie tygodni miesiąc miesiące miesięcy rok lata lat godzina godziny godzin minuta
            minuty minut sekund metr metry metrów kilometr kilometrów litr litrów gram gramów kilogram kilogramów ton
            złoty złotych euro procent stopni razy""",
    ),
    "uk": ReasoningWords(
        count=r"\bскільки\s+(?!(?:коштує|коштують|коштувал\w*|важить|триває|років|часу)\b)",
        chooses=r"(?:(?:в|у|на|до|з|із|від|для|по)\s+)?(?:як(?:ий|а|е|і|ого|ому|их|им|ій|у)|хто|чий|котр\w+)\b",
        negative=r"\b(?:не|немає|нема|ні|без|ніколи|ніхто|крім)\b",
        compare=r"порівня(?:й|йте|ти)\b",
        superlative=r"\bнай\w{2,}(?:ш(?:ий|а|е|і|ого|ої|ій|у|их|им)|ше)\b",
        total=r"\b(?:сума|суму|суми|разом|усього|всього|загальн\w+)\b",
        average=r"\b(?:середн\w+|медіан\w+)\b",
        says=": є був була було були налічує становить має в у",
        numbers="два дві три чотири п'ять шість сім вісім дев'ять десять дванадцять двадцять тридцять сто тисяча",
        units="""день дні днів тиждень тижні тижнів місяць місяці місяців рік роки років година години годин хвилина
            хвилини хвилин секунд метр метри метрів кілометр кілометрів літр літрів грам грамів кілограм кілограмів тонн
            гривня гривні гривень євро градусів відсотків разів""",
    ),
    "de": ReasoningWords(
        count=r"\bwie\s?viele\b\s*(?:(?:der|dieser|von)\b\s*)?",
        chooses=r"(?:(?:in|an|auf|bei|zu|von|mit|aus|für|um|nach)\s+)?(?:welche[rsnm]?|wer|wessen|wem)\b",
        negative=r"\b(?:nicht|keine?[rsnm]?|nie|niemals|ohne|weder|niemand|außer)\b",
        compare=r"(?:bitte\s+)?(?:vergleiche?n?|stelle?n?\b.*\bgegenüber)\b|wie\s+unterscheide[nt]\b",
        superlative=(
            r"\bam\s+\w+sten\b|\b(?:höchst|niedrigst|größt|kleinst|längst|kürzest|ältest|jüngst|neuest|teuerst|billigst"
            r"|günstigst|schwerst|leichtest|schnellst|langsamst|tiefst|wärmst|kältest|meist|wenigst)e[rsnm]?\b"
        ),
        total=r"\b(?:summe|insgesamt|gesamt\w*|zusammen|total)\b",
        average=r"\b(?:durchschnitt\w*|mittelwert\w*|im\s+mittel|median)\b",
        says=": ist sind war waren beträgt betragen betrug gibt gab hat haben hatte umfasst zählt von",
        numbers="kein keine zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig hundert tausend",
        units="""tag tage tagen woche wochen monat monate monaten jahr jahre jahren stunde stunden minute minuten
            sekunde sekunden meter metern kilometer kilometern liter litern gramm kilo kilogramm tonne tonnen euro cent
            prozent grad watt volt ampere quadratmeter kubikmeter punkte""",
    ),
    "fr": ReasoningWords(
        count=r"\bcombien\s+(?:de\s+|d['’]|des\s+)|\bquel\s+est\s+le\s+nombre\s+(?:de\s+|d['’]|des\s+)",
        chooses=r"(?:(?:dans|à|de|en|pour|sur|par)\s+)?(?:quel(?:le)?s?|qui|lequel|laquelle|lesquel(?:le)?s)\b",
        negative=r"\b(?:ne|n['’]|pas|jamais|aucune?|sans|sauf|ni)\b|\bn['’]",
        compare=r"compare[rz]?\b",
        superlative=r"\b(?:le|la|les)\s+(?:plus|moins)(?:\s+\w+)?\b",
        total=r"\b(?:total\w*|totaux|somme|ensemble)\b",
        average=r"\b(?:moyennes?|moyens?|médiane)\b",
        says=": est sont était étaient compte comptent a ont de il y",
        numbers="aucun aucune deux trois quatre cinq six sept huit neuf dix onze douze vingt trente cent mille",
        units="""jour jours semaine semaines mois an ans année années heure heures minute minutes seconde secondes mètre
            mètres kilomètre kilomètres litre litres gramme grammes kilo kilos kilogrammes tonne tonnes euro euros
            pour-cent degrés temps""",
    ),
    "es": ReasoningWords(
        count=r"\bcuánt[oa]s\s+(?:de\s+(?:los|las)\s+)?|\bcuant[oa]s\s+",
        chooses=r"(?:(?:en|a|de|con|por|para)\s+)?(?:qué|cuál(?:es)?|quién(?:es)?)\b",
        negative=r"\b(?:no|nunca|jamás|ningun[oa]s?|ningún|sin|salvo|excepto|tampoco)\b",
        compare=r"compar(?:a|e|ar|en)\b",
        superlative=r"\b(?:el|la|los|las)\s+(?:\w+\s+)?(?:más|menos)(?:\s+\w+)?\b|\b(?:mayor|menor|máxim[oa]|mínim[oa])\b",
        total=r"\b(?:total(?:es)?|suma|en\s+conjunto)\b",
        average=r"\b(?:promedio|media|mediana|término\s+medio)\b",
        says=": es son era eran hay había tiene tienen de fueron",
        numbers="ningún ninguno dos tres cuatro cinco seis siete ocho nueve diez once doce veinte treinta cien mil",
        units="""día días semana semanas mes meses año años hora horas minuto minutos segundo segundos metro metros
            kilómetro kilómetros litro litros gramo gramos kilo kilos tonelada toneladas euro euros grados""",
    ),
    "it": ReasoningWords(
        count=r"\bquant[ie]\s+(?:de(?:i|gli|lle)\s+)?",
        chooses=r"(?:(?:in|a|di|da|con|per|su)\s+)?(?:qual[ei]?|chi)\b",
        negative=r"\b(?:non|mai|nessun[oa]?|senza|tranne|neanche|né)\b",
        compare=r"confront(?:a|are|ate|i)\b",
        superlative=(
            r"\b(?:il|la|lo|i|gli|le)\s+(?:\w+\s+)?(?:più|meno)(?:\s+\w+)?\b"
            r"|\b(?:maggior[ei]?|minor[ei]?|massim[oa]|minim[oa])\b"
        ),
        total=r"\b(?:totale|totali|somma|complessivamente|complessiv[oa])\b",
        average=r"\b(?:medi[ao]|mediana)\b",
        says=": è sono era erano ha hanno di sono",
        numbers="nessuno nessuna due tre quattro cinque sei sette otto nove dieci undici dodici venti cento mille",
        units="""giorno giorni settimana settimane mese mesi anno anni ora ore minuto minuti secondo secondi metro metri
            chilometro chilometri litro litri grammo grammi chilo chili tonnellata tonnellate euro gradi""",
    ),
    "nl": ReasoningWords(
        count=(
            r"\bhoeveel\s+(?:van\s+de\s+)?"
            r"(?!(?:is|was|kost|kosten|kostte|bedraagt|moet|mag|kan|weegt|betaal\w*|geld|tijd)\b)"
        ),
        chooses=r"(?:(?:in|op|aan|bij|van|met|voor|naar|uit)\s+)?(?:welke?|wie|wiens)\b",
        negative=r"\b(?:niet|geen|nooit|zonder|niemand|noch|behalve)\b",
        compare=r"vergelijk(?:en)?\b",
        superlative=(
            r"\b(?:hoogste|laagste|grootste|kleinste|langste|kortste|oudste|jongste|nieuwste|duurste|goedkoopste|zwaarste"
            r"|lichtste|snelste|traagste|diepste|warmste|koudste|meeste|minste)\b"
        ),
        total=r"\b(?:totaal|totale|totaalbedrag|som|samen|opgeteld)\b",
        average=r"\b(?:gemiddelde?|mediaan)\b",
        says=": is zijn was waren heeft hebben telt bedraagt van er",
        numbers="geen twee drie vier vijf zes zeven acht negen tien elf twaalf twintig dertig honderd duizend",
        units="""dag dagen week weken maand maanden jaar jaren uur uren minuut minuten seconde seconden meter kilometer
            liter gram kilo kilogram ton euro procent graden""",
    ),
    "pt": ReasoningWords(
        count=r"\bquant[oa]s\s+(?:d[oa]s\s+)?",
        chooses=r"(?:(?:em|a|de|com|por|para)\s+)?(?:qual|quais|quem|que)\b",
        negative=r"\b(?:não|nunca|jamais|nenhum(?:a|as|ns)?|nenhuma|sem|exceto|nem)\b",
        compare=r"compar(?:e|a|ar|em)\b",
        superlative=(
            r"\b(?:o|a|os|as)\s+(?:\w+\s+)?(?:mais|menos)(?:\s+\w+)?\b"
            r"|\b(?:maior(?:es)?|menor(?:es)?|máxim[oa]|mínim[oa])\b"
        ),
        total=r"\b(?:total|totais|soma|ao\s+todo)\b",
        average=r"\b(?:médi[ao]s?|mediana)\b",
        says=": é são era eram há tem têm de foram",
        numbers="nenhum nenhuma dois duas três quatro cinco seis sete oito nove dez onze doze vinte trinta cem mil",
        units="""dia dias semana semanas mês meses ano anos hora horas minuto minutos segundo segundos metro metros
            quilómetro quilómetros quilômetro quilômetros litro litros grama gramas quilo quilos tonelada toneladas euro
            euros graus""",
    ),
    "sv": ReasoningWords(
        count=r"\bhur\s+många\s+(?:av\s+(?:de|dessa)\s+)?",
        chooses=r"(?:(?:i|på|av|från|till|med|för|vid)\s+)?(?:vilken|vilket|vilka|vem|vems)\b",
        negative=r"\b(?:inte|ej|icke|aldrig|ingen|inget|inga|utan|utom|varken)\b",
        compare=r"jämför\w*\b",
        superlative=(
            r"\b(?:högst|lägst|störst|minst|längst|kortast|äldst|yngst|nyast|dyrast|billigast|tyngst|snabbast|djupast"
            r"|varmast|kallast|flest|mest)[ae]?\b"
        ),
        total=r"\b(?:summa|summan|totalt|totala|sammanlagt|tillsammans)\b",
        average=r"\b(?:genomsnitt\w*|medel\w*|median\w*)\b",
        says=": är var finns fanns har hade av uppgår",
        numbers="inga ingen två tre fyra fem sex sju åtta nio tio elva tolv tjugo trettio hundra tusen",
        units="""dag dagar vecka veckor månad månader år timme timmar minut minuter sekund sekunder meter kilometer
            liter gram kilo kilogram ton kronor euro procent grader gånger""",
    ),
    "ru": ReasoningWords(
        count=r"\bсколько\s+(?:из\s+(?:этих|них)\s+)?(?!(?:стоит|стоят|стоил[аио]?|весит|длится|лет|времени)\b)",
        chooses=r"(?:(?:в|на|у|к|из|от|для|с|по)\s+)?(?:как(?:ой|ая|ое|ие|ого|ому|им|их|ом|ую)|кто|чей|котор\w+)\b",
        negative=r"\b(?:не|нет|ни|без|никогда|никто|кроме)\b",
        compare=r"сравни(?:те|ть)?\b",
        superlative=(
            r"\bсам(?:ый|ая|ое|ые|ого|ой|ую|ых|ым|ом)\s+\w+|\b(?:наибольш|наименьш|максимальн|минимальн)\w+"
            r"|\b(?:больше|меньше)\s+всего\b"
        ),
        total=r"\b(?:сумма|сумму|суммы|итого|всего|общ(?:ая|ий|ее|ую|ей)\s+\w+)\b",
        average=r"\b(?:средн\w+|медиан\w+)\b",
        says=": есть был была было были насчитывает составляет имеет в",
        numbers="два две три четыре пять шесть семь восемь девять десять двенадцать двадцать тридцать сто тысяча",
        units="""день дня дней неделя недели недель месяц месяца месяцев год года лет час часа часов минута минуты минут
            секунд метр метра метров километр километра километров литр литра литров грамм граммов килограмм килограммов
            тонна тонны тонн рубль рубля рублей евро градус градусов процент процентов раз""",
    ),
    "ja": ReasoningWords(
        count=rf"(?:何|幾)(?:{COUNTERS})(?!目)|いくつ(?:あり|の|ある)|(?:多少|几|幾)(?:{COUNTERS})",
        chooses=r".*(?:どの|どれ|どちら|どこ|誰|哪|谁|誰)",
        negative=r"(?:ない|なし|ません|ぬ|不|没|沒|無|无)",
        compare=r".*(?:比較して|比べて|比较|比較)",
        superlative=r"最も|一番|最大|最小|最高|最低|最多|最少|最长|最長|最短|最年長|最贵|最",
        total=r"合計|総計|総額|全部で|总计|总共|總計|總共|合计",
        average=r"平均|中央値|中位数",
        says="",
        numbers="",
        units="",
    ),
}  # fmt: skip


def reasoning_words_for(question: str) -> tuple[str, ReasoningWords | None]:
    """Return the language of a question (ISO 639-1), and its words; None for English."""
    language = "ja" if EAST_ASIAN.search(question) else language_of_question(question)
    return language, REASONING_WORDS.get(language)


COUNTED = re.compile(rf"(?:[0-9０-９]|[一二三四五六七八九十百千万])+\s*(?:{COUNTERS})")
"""A number with the word by which things are counted in Japanese and Chinese."""
