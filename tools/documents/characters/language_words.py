"""The most frequent words of languages written in Latin, Cyrillic and Arabic letters, and the letters of all scripts.

The words tell languages of one script apart, and the letters tell the encodings of one text apart. Both lists hold what
is frequent in any kind of text, such as articles, prepositions and forms of "to be".
"""

STOP_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the of and to in is that it for was on are with as be at by this have from or had not but what all were "
        "when we there can an your which their has will each how if been its into than only other no his her they he "
        "she you before after must may does did would about",
        "de": "der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus "
        "er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor "
        "zur bis mehr durch man kann wenn ich wir wurde unter was ihr sein keine diese",
        "fr": "de la le et les des en un du une que est pour qui dans par plus pas au sur ne se ce il sont avec son "
        "aux ou d l à été être cette ses mais comme on leur même nous sans elle a avait était ont vous je où très "
        "deux ces fait entre sous doit avant après chaque heure",
        "es": "de la que el en y a los del se las por un para con no una su al es lo como más o pero sus le ha me si "
        "sin sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está porque "
        "qué hay donde quien cada antes después",
        "it": "di e il la che in a per un è del si con le non una i da al come più dei nel della gli alla ma sono ha "
        "lo dal delle su anche se o essere questo questa cui ci era stato ed l d nella ai dalla tra fra ogni prima "
        "dopo loro hanno due quando sul",
        "pt": "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à "
        "seu sua ou ser quando muito há nos já está eu também só pelo pela até isso ela entre era depois sem mesmo "
        "aos são antes cada uma você",
        "nl": "de het een en van in is dat op te zijn met voor niet aan er om ook als dan maar bij nog uit door over "
        "ze was zo of naar heeft hij ik wordt werd tot je had kan meer wat deze geen hun dit die worden moet na onder "
        "hebben ons elke uur wij",
        "pl": "w i na z do nie się że jest o to a od za po jak przez co dla ale ich jego jej był było są oraz tym ten "
        "czy tak być może także który która które przed który już tylko jako pod został jednak lub gdy bardzo mu ze "
        "godzinę gdzie",
        "sv": "och i att det som en på är av för med den till inte om ett han de har var jag sig från men så hade vid "
        "kan när ut nu eller också ska vi efter hon upp där man skulle mycket bara blev över dem sin sina detta alla "
        "före innan varje ej än",
        "da": "og i at det er en til af på den de som med for der ikke har han et var om sig fra jeg men så blev kan "
        "også hun vi efter når ved skal eller havde mod nu meget ud over bliver dem sin hvor deres blive bare mig "
        "dette ind hvad noget nogle før hver",
        "no": "og i det er på som en til å av for med at han ikke har den de et var om jeg fra men så ble kan seg vi "
        "når etter ved skal eller hadde nå mye ut over blir dem sin hvor deres bare meg dette inn hva noe noen før "
        "hver også være ein eg ikkje frå vere eit",
        "fi": "ja on ei se että oli hän olla joka mutta ovat niin kun myös ole sen kuin tai jos vain hänen sitä mukaan "
        "jo sekä nyt ennen jälkeen sitten voi mitä tämä tämän minä kaikki vielä kanssa siitä olisi joita jotka hyvin "
        "ne ollut jonka mikä eivät sekä tuntia",
        "ru": "и в не на что я с он как а то это по к из у за от о его же для но все так бы до или мы был была были "
        "при только ее её они вы когда также если чем ещё еще может быть их есть нет без под над перед после который "
        "которые год",
        "uk": "і в не на що з та до у за це як а від для про його але так є по був була були також які який яка їх "
        "при цього через або же ми він вона вони коли більше лише після перед між тому якщо може бути під із й щоб "
        "все ще",
        "bg": "и на в за да се от с не е са по че като при до но това които който след през или към от което има са "
        "беше бе са тази този още може как",
        "sr": "и у је на да се за од са као су не што који која које то из по али или био била са код само након пре "
        "када све може ће би",
        "cs": "a v se na je že s z do o i to k ve pro za by ale si po jsou jako od byl jeho která který nebo až jen "
        "tak bylo jsem při před podle ze jejich však také už",
        "hu": "a az és hogy nem is egy volt ez meg de van csak ha mint már vagy el még azt ki minden fel le után "
        "között nagy olyan lehet volna aki amely sem",
        "ro": "și de a în la cu pe nu este că din o un pentru care mai sau se ca dar au fost prin după sunt era fi al "
        "ale lui să cel cea ce lor fără între",
        "tr": "ve bir bu da de için ile çok olarak daha en kadar olan ne gibi sonra var ama her o ki mi ya göre "
        "değil önce ise olduğu tarafından ben sen diye iki şey hem saat",
        "ar": "في من على إلى أن عن التي الذي هذا هذه مع كان كانت لا ما أو هو هي كل بعد قبل بين ذلك قد لم إن و ثم حتى "
        "عند غير وقد كما",
        "el": "και το του της η ο να με για που στο από την των είναι τα οι στη στην δεν θα τη τον ένα μια μία ή αυτό "
        "όταν πριν μετά σε τους τις ως κάθε όπως αλλά",
        "he": "של את על לא הוא זה עם כי גם או אם היא אל כל יש אני הם מה לפני אחרי רק היה אין כמו עד בין יותר אבל",
        "fa": "و در به از که این را با است برای آن یک خود تا بر هم می شد نیز شده های ها بود هر اما یا پس باید کرد",
    }.items()
}

LATIN_LETTERS: dict[str, str] = {
    "de": "äöüß",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "es": "áéíñóúü¿¡",
    "it": "àèéìòù",
    "pt": "áâãàçéêíóôõú",
    "nl": "éëïóöüèê",
    "sv": "åäöé",
    "da": "æøåé",
    "no": "æøåéòô",
    "fi": "äöå",
    "is": "áðéíóúýþæö",
    "pl": "ąćęłńóśźż",
    "cs": "áčďéěíňóřšťúůýž",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "hu": "áéíóöőúüű",
    "hr": "čćđšž",
    "ro": "ăâîșțşţ",
    "tr": "çğıöşüİâî",
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž",
    "et": "äõöüšž",
    "vi": "ăâđêôơưàảáạèéẻìíòóùúýỳ",
}
"""The letters beyond ASCII of languages in Latin script."""

FREQUENT_LETTERS: dict[str, tuple[str, float]] = {
    "ru": ("оеаинтсрвлк", 0.60),
    "uk": ("оаинвіетрсу", 0.55),
    "bg": ("аеоитнрсвлъ", 0.60),
    "sr": ("аоиенртусјв", 0.55),
    "el": ("αοιετσνηυρόάίή", 0.60),
    "he": ("יוהלאתמרבשנ", 0.60),
    "ar": ("اليمونرتبعة", 0.60),
    "th": ("านรอกเงมยลวดท่้ี", 0.55),
    "ja": (
        "のにはをたがでてとしれさいるなかもこらりすっうくそまけきだあせめよおちつんどじばえみろごべびわほゆンスルトリイアラッシーク。、"
        "日本人年大一国中会時分上出間行事者生",
        0.45,
    ),
    "ko": ("이다는을에의고가하지은로기를한리어사도서자시나인대일아해부전수그라정스구들과으있게보니여주", 0.40),
    "zh": (
        "的一是不了在人有我他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没"
        "日于起还发成事只作当想看文无开手用主行方又如前所本见经头面起公同三已老从动两长這個國來說們為時會後對學過發樣點間從無長開"
        "經動見還沒兩現實種問當與關於。，、",
        0.40,
    ),
}
"""Of languages in other scripts: the most frequent characters, and the share of a usual text that they make up."""
