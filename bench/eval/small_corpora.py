"""Small folders of our own, of what does not exist: a lease, a club, letters, a workshop, and cards of a museum.

The gate of answers is fitted on them too, so that it knows folders with a handful of passages, where many words of a
question are in no document whatever the documents say. No figure is reported of them.
"""

from collections.abc import Mapping
from pathlib import Path

LEASE = {
    "lease.txt": """Lease

between Marta Kowal (the landlady) and Jonas Birk (the tenant)

1. The flat

The landlady lets the flat on the second floor of Mill Lane 14. It has three rooms, a kitchen, a bathroom and a cellar \
compartment, and measures 74 square metres.

2. Rent

The rent is 980 EUR a month and is paid by the third working day of each month. Heating and water are charged in \
advance at 190 EUR a month and settled once a year, by the end of June.

3. Deposit

Before moving in, the tenant pays a deposit of 2,940 EUR. The landlady returns it within six months after the end of \
the lease, less the cost of damage that the tenant has caused.

4. Term

The lease begins on 1 April 2021 and has no fixed end. The tenant may terminate it with three months' notice to the \
end of a month, the landlady only for the reasons that the law names. Notice has to be given in writing.

5. Repairs

Small repairs of up to 100 EUR each are paid by the tenant, but not more than 300 EUR in a year. Everything else is \
repaired by the landlady, whom the tenant informs of defects at once.

6. Animals

Cats and small animals may be kept. Dogs need the written permission of the landlady.
""",
    "house-rules.md": """# House rules

## Quiet hours

Between 22:00 and 7:00, and from 13:00 to 15:00, please avoid noise. Musical instruments may be played for two hours \
a day outside these times.

## Stairs and courtyard

- Bicycles are parked in the courtyard, never in the staircase.
- The front door is locked at 21:00.
- Grills with charcoal are forbidden on the balconies.

## Waste

Bins are emptied on Tuesdays. Glass and paper are collected at the corner of Mill Lane and Station Road.
""",
    "handover.txt": """Record of the handover on 31 March 2021

Electricity meter: 48211 kWh
Water meter: 317.4 m3
Keys handed over: 4 for the front door, 2 for the flat, 1 for the cellar

Defects: a scratch in the parquet of the living room, 12 cm long; the extractor hood hums. The landlady will have the \
hood repaired by the end of April.
""",
}
CLUB = {
    "minutes-2022-03.txt": """Minutes of the general meeting of the rowing club, 18 March 2022

Present: 41 members. Chair: Ruth Adler. Minutes: Tom Ferrer.

1. The treasurer reports an income of 23,400 EUR and expenses of 21,850 EUR in 2021. The meeting discharges the board.

2. Elections. Ruth Adler is elected chair again with 38 votes. Ines Vogt becomes treasurer, because Paul Stein retires \
after eleven years.

3. Fees. From January 2023 the yearly fee is 180 EUR for adults, 75 EUR for students, and nothing for children under \
twelve. A proposal to charge guests 5 EUR a day is rejected.

4. The boathouse. The roof leaks above the workshop. The board asks three firms for offers and decides by May.
""",
    "minutes-2022-05.txt": """Minutes of the board meeting, 9 May 2022

The offer of the firm Dahl is accepted: it replaces the roof of the boathouse for 14,600 EUR in September. The \
municipality pays a grant of 4,000 EUR, on condition that a third of the roof carries solar panels.

The eight-oared boat Heron was damaged at the regatta in Linden. The insurance pays, after an excess of 500 EUR.

Youth training moves from Wednesday to Thursday at 17:00, as the coach has another team on Wednesdays.
""",
    "statutes.md": """# Statutes

## Membership

Whoever can swim may become a member. The board decides about an application, and need not give reasons when it turns \
one down. A member may leave at the end of a year, if the letter arrives by 30 September.

## Boats

Boats may be taken out by members who have passed the steering test. At wind above force 6, and when the gauge at the \
bridge shows more than 4.10 m, no boat may leave.

## Dissolution

The club is dissolved by a vote of three quarters of the members. Its property then goes to the lifeboat society.
""",
}
LETTERS = {
    "1912-06-02.txt": """Bremen, 2 June 1912

Dear Clara,

we arrived after nine days at sea, of which I was ill for six. Uncle Wilhelm met us at the quay with a cart, and we \
live in two rooms above his bakery for now. He lets me bake the rolls; I get up at three in the morning and am paid \
four marks a week.

Father has not found a position yet. The shipyard wants men who can rivet, and his hand has never healed since the \
accident with the saw.

Your sister Anna
""",
    "1912-11-20.txt": """Bremen, 20 November 1912

Dear Clara,

your parcel has come, and the wool stockings fit. It freezes already, and coal costs twice what it did in summer, so \
we heat only the kitchen.

Father is night watchman at the harbour since Michaelmas. He likes the quiet, and reads by the lamp. Fritz goes to \
school and is first in arithmetic. He wants to be a ship's engineer.

I have met Herr Lohmann, who plays the organ at St Stephen's. Mother does not approve, because he is a widower with \
two children.

Anna
""",
    "1913-05-11.txt": """Bremen, 11 May 1913

Dear Clara,

we were married on Saturday, in the small church, with only the family there. Mother wept, but she has made her peace \
with Heinrich since he repaired her clock. We have moved into his house behind the dyke; it has a pear tree and a pump \
that freezes.

I no longer bake. Uncle Wilhelm has taken on a boy from the country in my place and complains of him daily.

Anna Lohmann
""",
}
WORKSHOP = {
    "offer.txt": """Offer no. 2024-117

To: Hotel Seeblick, Ms Torres

Restoration of 46 chairs, seats newly woven in cane: 62 EUR each, 2,852 EUR in all, excluding VAT. Collection and \
return: 180 EUR. The work takes seven weeks from the collection. The offer is valid until 15 March 2024. Payment: one \
third with the order, the rest within 14 days of delivery.
""",
    "mail-2024-02-20.txt": """From: Elena Torres
To: Workshop Brand
Date: Tue, 20 Feb 2024 10:12:00 +0100
Subject: Re: Offer no. 2024-117

Dear Mr Brand,

we accept your offer, provided that the chairs are back before Easter, since the dining room opens again on 29 March. \
Could you do it in two lots? We can do without half of the chairs until then.

Kind regards
Elena Torres
""",
    "employment.txt": """Contract of employment

Lea Sommer is employed as a joiner from 1 September 2023. The first six months are a trial period, during which either \
side may end the contract with two weeks' notice.

Working time is 36 hours a week, Monday to Thursday. Overtime is compensated by time off within three months.

The monthly wage is 3,150 EUR, and rises to 3,300 EUR after the trial period. Leave: 28 days a year.

Tools are provided by the workshop. Safety shoes are replaced once a year, at the cost of the employer.
""",
    "stock.csv": """material,supplier,quantity,unit,price per unit (EUR)
cane webbing,Rattanhaus,12,m,38.50
bone glue,Kremer,7.5,kg,11.20
shellac,Kremer,2,kg,64.00
beech boards,Holz Maier,31,piece,9.80
""",
}
CARDS = {
    "staff.md": """# Staff of the museum

Nora Quist
Phone: 071 44 20
Office: attic, room 3
Languages: Danish, French

Ove Ring
Phone: 071 44 25
Languages: Danish

Pia Lang
Phone: 071 44 31
Office: cellar
""",
    "loans.csv": """object,lender,insured for (EUR),until
sextant,Maritime School,4200,2025-03-31
ship's bell,Parish of Holm,9000,2026-01-15
log book,private,1500,2025-09-01
""",
    "bills.txt": """Bill 811
Firm: Glass Nord
Amount: 640.00 EUR
Due: 12 June 2024

Bill 812
Firm: Kiel Transport
Amount: 1,075.50 EUR
Due: 30 June 2024

Bill 813
Firm: Glass Nord
Amount: 88.20 EUR
Due: 4 July 2024
""",
    "cafe.txt": """Apple cake

Ingredients:
- 300 g flour
- 4 apples
- 150 g butter

Baking time: 50 minutes

Pea soup

Ingredients:
- 500 g split peas
- 1 onion
- 2 litres water

Cooking time: 90 minutes
""",
}
SMALL_CORPORA: Mapping[str, Mapping[str, str]] = {
    "lease": LEASE,
    "club": CLUB,
    "letters": LETTERS,
    "workshop": WORKSHOP,
    "cards": CARDS,
}
"""The texts of each folder, by the names of its files."""


def write_small_corpus(name: str, into: Path) -> None:
    for file, text in SMALL_CORPORA[name].items():
        (into / file).write_text(text, encoding="utf-8")
