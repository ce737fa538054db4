import pytest

from outlast.tools.documents.document import Unreadable
from outlast.tools.documents.reading import read_document
from outlast.tools.documents.records import separated_values


def text_of(content: str, name: str = "a.csv") -> str:
    return read_document(name, content.encode()).text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Name,Born\nAda,1815\nMary,1797\n", "Name: Ada; Born: 1815\n\nName: Mary; Born: 1797"),
        ("Name;Born\nAda, Countess;1815\nMary;1797\n", "Name: Ada, Countess; Born: 1815\n\nName: Mary; Born: 1797"),
        ("Name\tBorn\r\nAda\t1815\r\n", "Name: Ada; Born: 1815"),
        ("Name|Born\nAda|1815", "Name: Ada; Born: 1815"),
        ('Name,Said\nAda,"one, \n  two ""three"""\n', 'Name: Ada; Said: one, two "three"'),
        ("Name,Born\nAda,\n,,\n\nMary,1797,x\n", "Name: Ada\n\nName: Mary; Born: 1797; x"),
        ("Ada,1815\nMary,1797\n", "Ada; 1815\n\nMary; 1797"),
        ("Same,Same\na,b\n", "Same: a; Same (2): b"),
        (",Name,Born\n0,Ada,1815\n1,Ben,1820\n", "0; Name: Ada; Born: 1815\n\n1; Name: Ben; Born: 1820"),
        ("Harbour,2019,2020\nNorby,90,98\n", "Harbour: Norby; 2019: 90; 2020: 98"),
        (",2019,2020\nNorby,90,98\n", "Norby; 2019: 90; 2020: 98"),
        ("Harbour,Region,2020\nNorby,West,98\n", "Harbour: Norby; Region: West; 2020: 98"),
        ("Country,2020-Q1,2020-Q2\nDE,1.2,1.3\n", "Country: DE; 2020-Q1: 1.2; 2020-Q2: 1.3"),
        ("Harbour,Value,Value\nNorby,12,13\n", "Harbour: Norby; Value: 12; Value (2): 13"),
        ("Harbour,,Tonnes\nNorby,x,98\n", "Harbour: Norby; x; Tonnes: 98"),
        ("sep=;\nHarbour;Tonnes\nNorby;98,5\n", "Harbour: Norby; Tonnes: 98,5"),
        (
            "Hafen;Fang\nNorby;98,5\nSund;80,1\nVik;1.234,5\n",
            "Hafen: Norby; Fang: 98,5\n\nHafen: Sund; Fang: 80,1\n\nHafen: Vik; Fang: 1.234,5",
        ),
        ("Hafen\t2020\nNorby\t98,5\nSund\t80,1\n", "Hafen: Norby; 2020: 98,5\n\nHafen: Sund; 2020: 80,1"),
        ("Name,Open\nA,yes\nB,yes\n", "Name: A; Open: yes\n\nName: B; Open: yes"),
        ("Day,Catch\n2020-01-02,1.5\n", "Day: 2020-01-02; Catch: 1.5"),
        ("2020,Norby,98\n2021,Sund,80\n", "2020; Norby; 98\n\n2021; Sund; 80"),
        ("A,B,C\n1,,3\n", "A: 1; C: 3\n\nB"),
        ("Name,Born\n", "Name; Born"),
        ("Harbour,Tonnes\nNorby,98\nSource: Bureau of Fish\n", "Harbour: Norby; Tonnes: 98\n\nSource: Bureau of Fish"),
        (
            ",2019,,2020,\nHarbour,Cod,Eel,Cod,Eel\nNorby,1,2,3,4\n",
            "Harbour: Norby; 2019 Cod: 1; 2019 Eel: 2; 2020 Cod: 3; 2020 Eel: 4",
        ),
        ("just one\ncolumn\n", "just one\n\ncolumn"),
        ("\ufeffName,Born\nAda,1815\n", "Name: Ada; Born: 1815"),
    ],
)
def test_rows_say_what_their_values_are(content: str, text: str):
    assert text_of(content) == text


BANK = """Umsatzanzeige;Datei erstellt am: 04.03.2025 10:11

IBAN;DE12 3456 7890
Saldo;1.234,56;EUR

Sortierung;Datum absteigend

Es stehen alle gebuchten Umsätze in der Datei. Andere nicht.

Buchung;Empfänger;Zweck;Betrag;Währung
03.03.2025;Hafen Norby;Miete;-900,00;EUR
01.03.2025;Fischmarkt;Lohn;500,00;EUR
"""


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            BANK,
            "Umsatzanzeige: Datei erstellt am: 04.03.2025 10:11\n\nIBAN: DE12 3456 7890\n\nSaldo: 1.234,56; EUR\n\n"
            "Sortierung: Datum absteigend\n\nEs stehen alle gebuchten Umsätze in der Datei. Andere nicht."
            "\n\nBuchung: 03.03.2025; Empfänger: Hafen Norby; Zweck: Miete; Betrag: -900,00; Währung: EUR"
            "\n\nBuchung: 01.03.2025; Empfänger: Fischmarkt; Zweck: Lohn; Betrag: 500,00; Währung: EUR",
        ),
        (
            "# Sensor: SHT31, serial 4711\n# Units: degC, %RH\ntime,temp,humidity\n10:00,4.1,88\n",
            "# Sensor: SHT31, serial 4711\n\n# Units: degC, %RH\n\ntime: 10:00; temp: 4.1; humidity: 88",
        ),
        (
            "# made by a logger\n# time,temp\n10:00,4.1\n10:10,4.3\n",
            "# made by a logger\n\ntime: 10:00; temp: 4.1\n\ntime: 10:10; temp: 4.3",
        ),
        (
            "Logger ID:,4711\nLocation:,Norby pier\n\nDate,Time,Temp\n03/03/2025,10:00,4.1\n",
            "Logger ID: 4711\n\nLocation: Norby pier\n\nDate: 03/03/2025; Time: 10:00; Temp: 4.1",
        ),
        (
            "Report,Catch\nCreated,2025\nPort,Year,Tonnes\nNorby,2020,98\nSund,2020,80\n",
            "Report: Catch\n\nCreated: 2025\n\n"
            "Port: Norby; Year: 2020; Tonnes: 98\n\nPort: Sund; Year: 2020; Tonnes: 80",
        ),
        (
            "Table 1: Fees\nBerth,Fee\n41,900\n\nTable 2: Keepers\nName,Since\nAda,1815\n",
            "Table 1: Fees\n\nBerth: 41; Fee: 900\n\nTable 2: Keepers\n\nName: Ada; Since: 1815",
        ),
        (
            "Port,Tonnes\nNorby,98\n\nSund,80\nSum,178\n",
            "Port: Norby; Tonnes: 98\n\nPort: Sund; Tonnes: 80\n\nPort: Sum; Tonnes: 178",
        ),
        ("Port,Tonnes\nNorby,98\n\nPort,Tonnes\nSund,80\n", "Port: Norby; Tonnes: 98\n\nPort: Sund; Tonnes: 80"),
        (
            "Port;Tonnes\nNorby;98\n\nSource: Bureau; preliminary\n",
            "Port: Norby; Tonnes: 98\n\nSource: Bureau; preliminary",
        ),
        ("Name;Born;;;\nAda;1815;;;\n;;;;\n", "Name: Ada; Born: 1815"),
        ("Name,Born\nAda,1815,London\nBen\n", "Name: Ada; Born: 1815; London\n\nName: Ben"),
        (
            "Deposit,1800 EUR\nNotice,six weeks\nWifi,heron-1921\n",
            "Deposit: 1800 EUR\n\nNotice: six weeks\n\nWifi: heron-1921",
        ),
        (
            "Key,Value\nDeposit,1800 EUR\nNotice,six weeks\n",
            "Key: Deposit; Value: 1800 EUR\n\nKey: Notice; Value: six weeks",
        ),
        ('Name, Town\nAda, "London, UK"\n', "Name: Ada; Town: London, UK"),
        ("Station,2025-03-01,2025-03-02\nNorby,4.1,4.3\n", "Station: Norby; 2025-03-01: 4.1; 2025-03-02: 4.3"),
        ("Station,0,6,12,18\nNorby,4.1,4.3,5,4\n", "Station: Norby; 0: 4.1; 6: 4.3; 12: 5; 18: 4"),
        ("Depth,Temp\nm,degC\n0,4.1\n10,4.3\n", "Depth (m): 0; Temp (degC): 4.1\n\nDepth (m): 10; Temp (degC): 4.3"),
        (
            "Port,Fish,2020\nNorby,Cod,9\n,Eel,4\nSund,Cod,1\n",
            "Port: Norby; Fish: Cod; 2020: 9\n\nPort: Norby; Fish: Eel; 2020: 4\n\nPort: Sund; Fish: Cod; 2020: 1",
        ),
        (
            "Name,Born,Town\n1,Ada,1815,Bath\n2,Ben,1820,Ayr\n",
            "1; Name: Ada; Born: 1815; Town: Bath\n\n2; Name: Ben; Born: 1820; Town: Ayr",
        ),
        ('id,note\n1,a 5" pipe\n2,"open\n3,x\n', 'id: 1; note: a 5" pipe\n\nid: 2; note: open\n\nid: 3; note: x'),
    ],
)
def test_tables_as_programs_export_them(content: str, text: str):
    assert text_of(content) == text


PREAMBLES = [
    "Catch by harbour (tonnes)\nSource: Bureau of Fish\n\n",
    "Catch by harbour (tonnes),,\nSource: Bureau of Fish,,\n,,\n",
    '"Catch by harbour (tonnes)"\n"Source: Bureau of Fish"\n',
]


@pytest.mark.parametrize("preamble", PREAMBLES)
def test_lines_above_the_header_stay_and_name_no_columns(preamble: str):
    document = read_document("a.csv", f"{preamble}Harbour,Year,Tonnes\nNorby,2020,98\nSund,2020,80\n".encode())
    assert document.text == (
        "Catch by harbour (tonnes)\n\nSource: Bureau of Fish\n\n"
        "Harbour: Norby; Year: 2020; Tonnes: 98\n\nHarbour: Sund; Year: 2020; Tonnes: 80"
    )
    assert document.places is not None
    assert document.places.starts[-1] == document.text.index("Harbour: Sund")
    assert len(document.places.starts) == preamble.count("\n") + 3


def test_a_wide_row_says_in_each_part_which_row_it_is():
    names = [f"Measure number {number}" for number in range(80)]
    values = [f"v{number}" for number in range(80)]
    text = text_of(f"Id,Harbour,{','.join(names)}\n7,Norby,{','.join(values)}\n")
    parts = text.split("\n\n")
    assert len(parts) > 2
    assert all(part.startswith("Id: 7; Harbour: Norby") and len(part) < 700 for part in parts)
    assert all(f"Measure number {number}: v{number}" in text for number in range(80))


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252", "cp1250"])
def test_encodings(codec: str):
    rows = (
        "Hafen;Straße;Größe\nNörby;Größter Weg;98,5\n"
        if codec != "cp1250"
        else "Miasto;Uwaga\nŁódź;źle łowią się ryby\n"
    )
    assert read_document("a.csv", rows.encode(codec)).text.startswith(
        ("Hafen: Nörby; Straße: Gr", "Miasto: Łódź; Uwaga")
    )


def test_no_word_is_lost():
    words = iter(range(1_000))
    for separator in ",;\t":
        for width in range(1, 6):
            rows = [separator.join(f"w{next(words)}" for _ in range(width + (row % 3))) for row in range(4)]
            text = text_of("\n".join(rows))
            assert set("".join(rows).replace(separator, "").replace("w", " w").split()) <= set(
                text.replace(":", " ").replace(";", " ").split()
            )


def test_rows_are_counted_as_in_a_spreadsheet():
    document = read_document("a.csv", b"Name,Born\nAda,1815\n,\nMary,1797\n")
    assert document.places is not None
    assert document.places.unit == "row"
    assert document.places.starts == (0, 0, len("Name: Ada; Born: 1815"), document.text.index("Name: Mary"))


@pytest.mark.parametrize("content", ['a,b\nc,"' + "x" * 200_000, "a,b\nc," + "x" * 200_000])
def test_malformed(content: str):
    with pytest.raises(Unreadable, match="line 2 is malformed") as raised:
        text_of(content)
    assert "\n" not in str(raised.value)


def test_too_many_rows(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(separated_values, "MAX_ROWS", 3)
    assert text_of("a,b\n" * 3)
    with pytest.raises(Unreadable, match="it has more than 3 rows: split it"):
        text_of("a,b\n" * 4)


def test_a_second_header_inside_a_table_names_the_columns_below_it():
    text = text_of("Ship;Tonnage;Flag\nIndus;4000;NO\nJason;5000;SE\nShip;Crew;Captain\nKaron;12;Olsen\n")
    assert "Ship: Jason; Tonnage: 5000; Flag: SE" in text
    assert "Ship: Karon; Crew: 12; Captain: Olsen" in text
    assert "Ship: Ship" not in text
