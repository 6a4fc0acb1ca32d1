"""The names and prices of the seeded account, a small furniture manufacturer."""

WOODS = ("Oak", "Ash", "Birch", "Walnut", "Alder", "Pine", "Maple", "Elm")
LINES = ("Tuuli", "Meri", "Kaar", "Nordwall", "Lille", "Harbour", "Saare", "Linden", "Halla")
GOODS = (
    ("Dining table", "TBL", 42_900),
    ("Chair", "CHR", 12_900),
    ("Bench", "BNC", 18_900),
    ("Bookshelf", "SHF", 27_500),
    ("Desk", "DSK", 35_000),
    ("Bed frame", "BED", 56_000),
    ("Stool", "STL", 7_900),
    ("Sideboard", "SDB", 64_900),
    ("Coat rack", "RCK", 5_450),
)
GRADES = ("Select", "Common")
SIZES = ("Small", "Medium", "Large")
PRODUCT_CATEGORIES = ("Tables", "Seating", "Storage", "Bedroom", "Hallway")

STOCK = (
    ("board", "BRD", 1_150, "m"),
    ("veneer sheet", "VNR", 640, "m2"),
    ("dowel", "DWL", 12, "pcs"),
    ("screw set", "SCR", 85, "pcs"),
    ("hinge", "HNG", 240, "pcs"),
    ("wood oil", "OIL", 1_890, "l"),
    ("fabric", "FBR", 1_475, "m"),
    ("packaging box", "BOX", 199, "pcs"),
)
MATERIAL_CATEGORIES = ("Timber", "Fittings", "Finishes", "Packaging")

NOTES = (
    "Finish with two coats of oil.",
    "Ship flat, with the fittings bag.",
    "Check the grain before gluing.",
    "Täispuit, õlitatud",
)

FIRST_NAMES = ("Mari", "Liis", "Juhan", "Anna", "Peter", "Sofia", "Karl", "Ines", "Tom", "Grete")
LAST_NAMES = ("Tamm", "Saar", "Rebane", "Weber", "Lindqvist", "Novak", "Moore", "Rossi", "Kask")
COMPANIES = ("Interiors", "Living", "Home", "Design House", "Furnishings", "Studio", "Hotels")
CITIES = (
    ("Tallinn", "Harju", "Estonia", "10411"),
    ("Riga", "Riga", "Latvia", "LV-1050"),
    ("Helsinki", "Uusimaa", "Finland", "00100"),
    ("Berlin", "Berlin", "Germany", "10115"),
    ("Portland", "Oregon", "United States", "97201"),
    ("Leeds", "West Yorkshire", "United Kingdom", "LS1 4AP"),
)
STREETS = ("Harbour Road", "Mill Lane", "Station Street", "Oak Avenue", "Market Square")
STORES = (("shopify", "nordwall.myshopify.com"), ("woocommerce", "shop.nordwall.example"))
SUPPLIERS = (
    "Baltic Timber",
    "Nordic Fittings",
    "Saare Oils",
    "Linden Packaging",
    "Harbour Textiles",
    "Kaar Hardware",
    "Halla Veneers",
    "Meri Glass",
)
COSTS = ("Shipping", "Customs", "Insurance")
COLLECTIONS = ("Furniture", "Services")
PRICE_LISTS = ("Wholesale", "Hospitality", "Clearance")
SERVICES = (
    ("Delivery", "DLV", 4_900, "pcs"),
    ("Assembly at home", "ASM", 7_500, "h"),
    ("Oiling", "OIL", 3_250, "pcs"),
    ("Design advice", "DSN", 9_000, "h"),
)
# The operations, their resources, and the cost per hour.


WORK = (
    ("Cutting", "Panel saw", 38),
    ("Sanding", "Sanding bench", 26),
    ("Gluing", "Clamp table", 24),
    ("Oiling", "Spray booth", 30),
    ("Assembly", "Workbench", 28),
    ("Packing", "Packing table", 19),
)
