"""Stop words: the words of a question that say nothing about its subject, by language (ISO 639-1).

The lists are ours. They have the words that open a question, articles, pronouns, prepositions and auxiliary verbs.
"""

import re
from collections.abc import Mapping

from outlast.evidence.letters import fold_letters


def _read(text: str) -> frozenset[str]:
    return frozenset(fold_letters(text).casefold().split())


STOP_WORDS = _read(
    """
    a about after all also am an and any are aren as at be because been before being between both but by can cannot
    could couldn d did didn do does doesn doing don during each else few for from further get gets give given go
    goes had has hasn have haven having he her here hers him his how however i if in into is isn it its itself just
    let like ll m make makes many may me might more most much must my no nor not of off on once one only or other
    our ours out over own per re s same say says shall she should shouldn so some someone something such t take tell
    than that the their theirs them then there these they thing things this those through to too under until up us
    use used uses using ve very want was wasn way we well were weren what whatever when where whether which while
    who whom whose why will with within without won would wouldn yes yet you your
    """
)
"""The English stop words."""

STOP_WORDS_BY_LANGUAGE: Mapping[str, frozenset[str]] = {
    "en": STOP_WORDS,
    "de": _read(
        """
        ab aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bekomme bekommt bin bis
        bitte da dabei dadurch dafür damit dann daran darauf darf das dass dein deine dem den denn der deren des dessen
        die dies diese diesem diesen dieser dieses doch dort du durch dürfen ein eine einem einen einer eines er es
        etwa etwas euer eure für gab geben genau gibt ging hab habe haben hat hatte hatten hier hoch ich ihm ihn ihnen
        ihr ihre ihrem ihren ihrer im immer in ins ist jede jedem jeden jeder jedes kann kannst kein keine keinen
        könnte können lange macht machen man mehr mein meine meinem meinen meiner mich mir mit muss musste müssen nach
        nicht noch nur ob oder ohne sagt schon sehr sein seine seinem seinen seiner seit sich sie sind so soll sollen
        sollte sollten sondern steht über um und uns unser unsere unter viel viele vom von vor wann war waren warum
        was wegen weil welche welchem welchen welcher welches wem wen wenn wer werde werden wessen weshalb wie wieso
        wieviel will wird wo wobei wodurch wofür woher wohin womit woran worauf wovon wozu wurde wurden würde zu zum
        zur zwischen
        """
    ),
    "fr": _read(
        """
        a ai ainsi alors après as au aucun aucune auquel aussi autre autres aux avait avant avec avez avoir avons c ça
        car ce ceci cela celle celles celui ces cet cette ceux chaque chez combien comme comment contre d dans de depuis
        des dessous dessus doit doivent donc dont du duquel elle elles en entre es est et étaient était été être eu
        eux fait faire faut fut il ils j je jusqu l la là laquelle le lequel les lesquelles lesquels leur leurs lui m
        ma mais me même mes moi moins mon n ne ni nos notre nous on ont ou où par parce pas pendant peut peuvent plus
        pour pourquoi puis qu quand que quel quelle quelles quels qui quoi s sa sans se selon sera ses si son sont
        sous sur t ta te tes toi ton tous tout toute toutes très tu un une va vers vos votre vous y
        """
    ),
    "es": _read(
        """
        a al algo algún alguna ante antes aquel así aun aunque bajo cada casi como cómo con contra cosa cuál cual cuáles
        cuando cuándo cuánta cuántas cuánto cuántos cuyo de debe deben debo del desde donde dónde dos durante e el él
        ella ellas ellos en entre era es esa esas ese eso esos esta está están estas este esto estos fue fueron ha hace
        hacer han hasta hay he la las le les lo los más me mi mis muy nada ni no nos nosotros o os otra otras otro otros
        para pero poco por porque puede pueden puedo pues que qué quién quien quienes se sea según ser será si sí sido
        sin sobre son soy su sus también tan tanto te tiene tienen tengo toda todas todo todos tras tu tus un una unas
        uno unos vez y ya yo
        """
    ),
    "it": _read(
        """
        a abbiamo ad agli ai al alla alle allo anche ancora avere aveva c che chi ci ciò col come con contro cosa cui
        d da dagli dai dal dalla dalle dallo degli dei del della delle dello deve devo devono di dopo dov dove e è ed
        era erano essere fa fare fatto fino fra fu gli ha hanno ho i il in io l la le lei li lo loro lui ma me mi mia
        mio molto n ne negli nei nel nella nelle nello no noi non nostra nostro o ogni per perché però più poi posso
        possono prima può qual quale quali quando quanta quante quanti quanto quella quelle quelli quello questa queste
        questi questo qui s se sei senza si sia siamo sono sopra sotto stato sua sue sugli sui sul sulla sulle sullo suo
        suoi tra tu tua tuo tutta tutte tutti tutto un una uno v va vi voi
        """
    ),
    "nl": _read(
        """
        aan al alle alles als altijd andere ben bij binnen daar dan dat de deze die dit doen door dus een elk elke en er
        geen gaat had hadden hebben hebt heb heeft hem het hier hij hoe hoeveel hoelang hoog hun iemand iets ik in is
        ja je jij jou jouw kan kunnen kunt maar maken mag mee meer men met mij mijn moet moeten mogen na naar niet niets
        nog nu of om omdat ons onze ook op over per sinds te tegen toch toen tot u uit uw van vanaf veel voor waar
        waaraan waardoor waarin waarmee waarom waarvoor wanneer want waren was wat we weer welk welke wel werd werden
        wie wij wil worden wordt zal ze zelf zich zij zijn zo zoals zonder zou zouden
        """
    ),
    "pt": _read(
        """
        a à ao aos aquela aquele aquilo as às até com como cada com contra da das de dela dele deles depois desde deve
        devem devo do dos e é ela elas ele eles em entre era eram essa essas esse esses esta está estão estas este estes
        eu faz fazer foi foram for há isso isto já lhe mais mas me mesmo meu meus minha minhas muito na nas não nem no
        nos nós nossa nosso num numa o onde os ou para pela pelas pelo pelos pode podem podemos por porque posso quais
        qual quando quanta quantas quanto quantos que quê quem se seja sem ser será seu seus só sobre somos sua suas
        são também te tem têm tenho ter teu tu tua um uma uns umas você vocês
        """
    ),
    "ru": _read(
        """
        а без более бы был была были было быть в вам вас ваш весь во вот все всё всех вы где да для до его ее её если
        есть еще ещё же за зачем и из или им их к как какая какие каким каких какого какое какой каком какую ко когда
        кого кому которая которое который которые которых кто куда ли либо меня между мне может можно мой моя мы на над
        надо нам нас наш не него нее неё нет ни них но ну о об один он она они оно от откуда по под после почему при
        про с сам свой себя сколько со так такая такие такой там тебя тем то того тоже только том ты у уже чего чей чем
        чему через что чтобы чья эта эти это этого этой этом этот эту я
        """
    ),
    "sv": _read(
        """
        alla allt att av blev bli blir de dem den denna deras dess dessa det detta dig din dina ditt du där därför då
        efter ej eller en er ett finns från för få får göra gör ha hade han hans har hon hos hur här hög i icke in inom
        inte jag ju kan kom kunde lång länge man med mellan men mig min mina mitt mot mycket måste ni nu när någon
        något några och om oss på sedan sig sin sina sitt ska skall skulle som så till under upp ut utan vad var vara
        varför varit varje vars vart vem vems vi vid vilka vilken vilket är över
        """
    ),
    "da": _read(
        """
        ad af alle alt anden andet andre at begge blev blive bliver da de deler dem den denne dens der deres det dette
        dig din disse dit du efter ej eller en end er et for fordi fra få får før gør gøre ham han har have havde
        hendes her hun hvad hvem hver hvilke hvilken hvilket hvis hvor hvordan hvorfor hvornår hvorvidt ikke ind jeg
        kan kom kun kunne lave man mange med meget mellem men mig min mod må ned nogen noget nogle nu når og også om
        op over på selv sig sin sine sit skal skulle som sådan thi til ud under var ved vi vil ville vores være været
        """
    ),
    "no": _read(
        """
        alle alt andre at av ble bli blir både da de dem den denne der dere deres det dette din disse ditt du eller en
        enn er et ett etter for fordi fra før gjør gjøre ha hadde han har hennes her hun hva hvem hver hvilke hvilken
        hvilket hvis hvor hvordan hvorfor ikke ingen inn jeg kan kom kun kunne man mange med meg mellom men mer min
        mot mye må noe noen nå når og også om opp oss over på seg selv si sin sine sitt skal skulle slik som så til
        under ut var ved vi vil ville vår være vært
        """
    ),
    "pl": _read(
        """
        a albo ale bardzo bez bo by być był była było były będzie co czego czemu czy czyj czyja czyje dla do dlaczego
        gdy gdzie i ich ile im inne ja jak jaka jaki jakie jakim jako jednak jego jej jest jestem jeszcze jeśli już
        każdy kiedy kim kogo komu kto która które którego której który którym którzy lub ma mają może można mu my na
        nad nam nas nasz nie nim niż o od on ona one oni ono oraz po pod podczas przed przez przy są się skąd swoje ta
        tak także tam te tego tej ten to tu tych tylko tym u w we więc wszystko z za ze że
        """
    ),
    "cs": _read(
        """
        a aby ale ani ano asi az až bez bude budou by byl byla bylo byly být co čeho čemu či čí do ho i já jak jaká
        jaké jaký jako je jeho její jejich jen ještě jestli ji jich jim jiné jsem jsme jsou k kam kde kdo kdy kolik
        která které kterou který kteří má mají mezi mi může na nad nás náš ne nebo něco není než o od on ona oni po
        pod podle pro proč proto před při s se si svůj ta tak také tam ten tento to toho tom tu už v ve vy z za ze že
        """
    ),
    "fi": _read(
        """
        ei eivät ennen että he hän häneen hänen ja joka joita joka jonka jos jossa jotka kanssa keitä kenelle kenen
        ketkä kuin kuinka kuka kun me mihin mikä miksi millainen millaiset milloin minkä minä missä mistä mitkä mitä
        miten montako mutta mukaan ne niiden niin nyt oli olivat olla on onko ovat se sekä sen siellä siis sillä sinä
        sitä tai te tämä tämän voi voiko vai
        """
    ),
    "hu": _read(
        """
        a abban ahhoz aki akik ami amely amikor annak arra az azok azt be csak de e ebben egy ehhez el és ez ezek ezt
        fel ha hanem hány hányan hogy hogyan hol honnan hová is itt ki kik kinek kit le lehet lesz meg melyek melyik
        mennyi mert mi miatt miért mikor milyen mind mit mitől most nem nincs olyan ő ők őket össze ott pedig se sem
        szerint által után vagy van vannak volt voltak
        """
    ),
    "tr": _read(
        """
        acaba ama bana bazı belki ben beni benim bir biz bu buna bunlar bunu bunun çok çünkü da daha de değil diye en
        gibi hangi hangisi hem hep her hiç için ile ise kaç kadar ki kim kimdir kime kimin kimler mı mi mu mü mıdır
        midir mudur müdür nasıl ne neden nedir nerede nereden nereye neresi niçin niye o olan olarak oldu olur on ona
        onlar onu onun sen siz şey şu tüm var vardır ve veya ya yani yok zaman
        """
    ),
    "el": _read(
        """
        αν αντί από αυτά αυτές αυτή αυτό αυτοί αυτός για γιατί δε δεν εάν είμαι είναι είχε ένα ένας εδώ ενώ επειδή
        έχει έχουν ή ήταν η θα και κάθε κατά κι μα με μετά μέχρι μη μην μια μία μου μπορεί να ο οι όμως όπου όπως όταν
        ότι ούτε πόσα πόσες πόση πόσο πόσοι πόσος πότε που πού ποια ποιά ποιες ποιο ποιοι ποιον ποιος ποιός ποιου πριν
        προς πώς πως σαν σε στα στη στην στις στο στον στους τα τη την της τι τις το τον του τους των ως
        """
    ),
    "uk": _read(
        """
        а але або без був була було були бути в від він вона вони воно все всі де для до з за і із й його її їх інші
        як яка яке який яким якого якої які коли ким кого кому котра котрий куди ли лише між мені ми може на над нас
        наш не ні ну об один під по при про скільки та так також там те ти то тобто той тому тут у хто це цей ці чи
        чий чия чиє чому що щоб я
        """
    ),
    "ro": _read(
        """
        a acest această aceste acești al ale am ar are au avea că care ce cea cei cel cele cine câți câte cât câtă
        când cu cui cum dacă de deci decât despre din doar după ea ei el ele este eu fi fie fost iar în între îi își
        la le li lor lui mai nici noi nu o or ori pe pentru prin sa sale sau se și spre sub sunt să te un una unde
        unei unor unui va vor
        """
    ),
    "ar": _read(
        """
        ما ماذا من متى أين اين كيف كم لماذا هل أي اي أية الذي التي الذين في على إلى الى عن مع أن ان إن كان كانت يكون
        تكون هو هي هم هذا هذه ذلك تلك بين قبل بعد عند لا لم لن قد كل أو او ثم بعض غير حول منذ حتى لماذا بماذا فيما مما
        عما لمن و
        """
    ),
    "he": _read(
        """
        מה מי מתי איפה היכן איך כיצד כמה למה מדוע האם איזה איזו אילו אלו של את על אל עם בין לפני אחרי גם או כי אם לא
        כן הוא היא הם הן זה זו זאת היה היתה הייתה היו יהיה יש אין כל אשר עד רק אבל מן לאן מאין ב ל ה ו ש
        """
    ),
    "hi": _read(
        """
        क्या कौन कब कहाँ कहां कैसे कितना कितनी कितने क्यों किस किसने किसका किसकी किसके किसे का की के को में से पर है
        हैं था थी थे हो और या यह वह ये वे इस उस एक नहीं ने भी तो तक लिए साथ हुआ हुई हुए होता होती होते कर
        """
    ),
    "id": _read(
        """
        ada adalah akan apa apakah atau bagaimana bahwa berapa bila bisa dalam dan dapat dari dengan di dia harus ini
        itu juga kami kapan karena ke kepada kita mana mengapa mereka oleh pada para saja sampai saya sebagai sebuah
        siapa siapakah sudah tentang tersebut tidak untuk yang
        """
    ),
}

WORD = re.compile(r"[^\W\d_]+")


ALL_STOP_WORDS = frozenset[str]().union(*STOP_WORDS_BY_LANGUAGE.values())


def language_of_question(text: str) -> str:
    """Return the language (ISO 639-1) whose stop words `text` has most of, or "en" if no other has more than English.

    A question has too few letters to count them, but hardly does without the small words of its language.
    """
    found = set(WORD.findall(fold_letters(text).casefold()))
    votes = {language: len(found & stop_words) for language, stop_words in STOP_WORDS_BY_LANGUAGE.items()}
    return max(votes, key=votes.__getitem__)  # English is the first of equals
