"""People and products, made once a stream: Faker is too slow to be asked for each order."""

from dataclasses import dataclass

from faker import Faker

PEOPLE, PRODUCTS = 1_000, 300
# Several scripts, so that the bytes of names are not all ASCII.
LOCALES = ("en_US", "de_DE", "ja_JP")
CATEGORIES = {
    "books": ("Novel", "Atlas", "Cookbook"),
    "electronics": ("Headphones", "Keyboard", "Lamp"),
    "fashion": ("Shirt", "Scarf", "Boots"),
    "home": ("Teapot", "Blanket", "Mirror"),
    "toys": ("Puzzle", "Kite", "Robot"),
}


@dataclass(frozen=True, slots=True)
class Product:
    product_id: str
    name: str
    category: str
    cents: int  # price in US cents


@dataclass(frozen=True, slots=True)
class Catalogue:
    people: tuple[str, ...]
    products: tuple[Product, ...]


def build_catalogue(seed: int) -> Catalogue:
    fakers = [Faker(locale) for locale in LOCALES]
    for number, faker in enumerate(fakers):
        faker.seed_instance(seed * len(fakers) + number)
    people = tuple(f"{fakers[0].user_name()}-{number}" for number in range(PEOPLE))
    return Catalogue(people, tuple(_product(fakers, number) for number in range(PRODUCTS)))


def _product(fakers: list[Faker], number: int) -> Product:
    faker = fakers[0]
    category = faker.random_element(sorted(CATEGORIES))
    maker = fakers[number % len(fakers)].last_name()
    name = f"{faker.color_name()} {faker.random_element(CATEGORIES[category])} by {maker}"
    return Product(f"P{number:04d}", name, category, faker.random_int(99, 29_999))
