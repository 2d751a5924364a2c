"""The floor's own tables, and their rows: the same catalog and the same orders as ours hold."""

SCHEMA = """
CREATE TABLE floor_sku (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    code varchar(64) NOT NULL UNIQUE,
    price numeric(18, 4) NOT NULL
);
CREATE TABLE floor_stock (
    sku_id bigint PRIMARY KEY REFERENCES floor_sku,
    on_hand integer NOT NULL,
    committed integer NOT NULL DEFAULT 0,
    CHECK (committed <= on_hand)
);
CREATE TABLE floor_order (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    number varchar(20) NOT NULL UNIQUE,
    external_id varchar(128) NOT NULL UNIQUE,
    status varchar(10) NOT NULL,
    customer jsonb NOT NULL,
    ship_to jsonb NOT NULL,
    total numeric(18, 4) NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now(),
    asked integer NOT NULL,
    taken integer NOT NULL,
    CONSTRAINT floor_in_stock CHECK (asked = taken)
);
CREATE INDEX floor_order_newest ON floor_order (placed_at DESC, id DESC);
CREATE TABLE floor_line (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    order_id bigint NOT NULL REFERENCES floor_order DEFERRABLE INITIALLY DEFERRED,
    sku_id bigint NOT NULL REFERENCES floor_sku,
    quantity integer NOT NULL,
    price numeric(18, 4) NOT NULL
);
CREATE INDEX floor_line_order ON floor_line (order_id);
CREATE TABLE floor_ledger (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    sku_id bigint NOT NULL REFERENCES floor_sku,
    order_id bigint NOT NULL REFERENCES floor_order DEFERRABLE INITIALLY DEFERRED,
    quantity integer NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX floor_ledger_sku ON floor_ledger (sku_id, id);
CREATE TABLE floor_outbox (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name varchar(80) NOT NULL,
    order_id bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    relayed boolean NOT NULL DEFAULT false
);
CREATE INDEX floor_outbox_pending ON floor_outbox (id) WHERE NOT relayed;
"""

FILL = """
INSERT INTO floor_sku (code, price) SELECT code, 11.90 FROM inventory_sku ORDER BY code;
INSERT INTO floor_stock (sku_id, on_hand) SELECT id, 1000000 FROM floor_sku;
INSERT INTO floor_order (number, external_id, status, customer, ship_to, total, placed_at, asked, taken)
SELECT number, external_id, status, '{"name": "Ada Lovelace", "email": "ada@example.com"}', ship_to, total,
    placed_at, 0, 0
FROM orders_order ORDER BY placed_at;
INSERT INTO floor_line (order_id, sku_id, quantity, price)
SELECT f.id, s.id, l.ordered, l.unit_price
FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id JOIN floor_order f ON f.number = o.number
JOIN floor_sku s ON s.code = l.sku_code ORDER BY f.id;
INSERT INTO floor_ledger (sku_id, order_id, quantity) SELECT sku_id, order_id, quantity FROM floor_line;
UPDATE floor_stock s SET committed = l.quantity
FROM (SELECT sku_id, sum(quantity) AS quantity FROM floor_ledger GROUP BY sku_id) l WHERE l.sku_id = s.sku_id;
"""

ADD = """
WITH new AS (INSERT INTO floor_sku (code, price) VALUES (%s, 11.90) RETURNING id)
INSERT INTO floor_stock (sku_id, on_hand) SELECT id, %s FROM new
"""
