"""The words of which dates are made, Dutch and English, with what each stands for."""

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february feb febr",
            "maart march mrt mar",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "augustus august aug",
            "september sept sep",
            "oktober october okt oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "maandag monday mon maandagochtend maandagmiddag",
            "dinsdag tuesday tue tues dinsdagochtend dinsdagmiddag",
            "woensdag wednesday wed woensdagochtend woensdagmiddag",
            "donderdag thursday thu thurs donderdagochtend donderdagmiddag",
            "vrijdag friday fri vrijdagochtend vrijdagmiddag",
            "zaterdag saturday sat zaterdagochtend zaterdagmiddag",
            "zondag sunday zondagochtend zondagmiddag",
        )
    )
    for name in names.split()
}
SHORT_WEEKDAYS = {"ma": 0, "di": 1, "wo": 2, "do": 3, "vr": 4, "vrij": 4, "za": 5}
NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "een één 'n a an one",
            "twee two paar couple enkele",
            "drie three few",
            "vier four",
            "vijf five",
            "zes six",
            "zeven seven",
            "acht eight",
            "negen nine",
            "tien ten",
            "elf eleven",
            "twaalf twelve",
        ),
        start=1,
    )
    for word in words.split()
}
SEASONS = {"lente": 4, "voorjaar": 4, "spring": 4, "zomer": 7, "summer": 7, "zomervakantie": 7, "herfst": 10}
SEASONS |= {"najaar": 10, "autumn": 10, "fall": 10, "winter": 1, "kerst": 12, "christmas": 12, "pasen": 4, "easter": 4}
UNITS = {"dag": 1, "day": 1, "nacht": 1, "night": 1, "week": 7, "wek": 7, "wk": 7, "maand": 30, "mnd": 30, "month": 30}
UNITS |= {"jaar": 365, "year": 365, "jr": 365, "sleep": 1, "uur": 0, "hour": 0, "min": 0}
PARTS = {"hal": 15, "mid": 15, "med": 15, "ein": 25, "end": 25, "lat": 25}
NEAR = (
    ("overmorgen", 2),
    ("eergister", -2),
    ("gister", -1),
    ("yesterday", -1),
    ("morgen", 1),
    ("tomorrow", 1),
    ("tmrw", 1),
    ("", 0),
)
