//! The import files: the purchases and the generated people as CSV, one file a business object,
//! as a customer would bring them. Loading them uses the ordinary import path.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::{Days, NaiveDate};
use rust_decimal::Decimal;

use super::log::{Purchase, PurchaseLog};
use super::people::{Person, REGIONS};

/// One import file, in the order of loading.
#[derive(Debug, Clone)]
pub struct ImportFile {
    /// Business object that the rows are of.
    pub object: &'static str,
    pub path: PathBuf,
    pub rows: usize,
}

/// Products by price of one disc: (code, name, category, upper bound of the unit price).
const PRODUCTS: [(&str, &str, &str, i64); 7] = [
    ("CD-BUDGET", "Budget disc", "disc", 8),
    ("CD-CLASSIC", "Back-catalogue album", "disc", 12),
    ("CD-ALBUM", "Album", "disc", 15),
    ("CD-NEW", "New release", "disc", 18),
    ("CD-IMPORT", "Imported album", "disc", 26),
    ("CD-DOUBLE", "Double album", "box", 40),
    ("CD-BOX", "Box set", "box", i64::MAX),
];

/// Sums that the loaded system must show again, in Postgres and in the lake.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    pub customers: usize,
    pub orders: usize,
    pub payments: usize,
    pub order_amount: Decimal,
    pub payment_amount: Decimal,
}

/// Writes every file into `folder`.
///
/// # Errors
/// When a file cannot be written.
pub fn write(log: &PurchaseLog, folder: &Path) -> anyhow::Result<(Vec<ImportFile>, Expected)> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    let mut customers: BTreeMap<u32, NaiveDate> = BTreeMap::new();
    for purchase in &log.purchases {
        let first = customers.entry(purchase.customer).or_insert(purchase.day);
        *first = (*first).min(purchase.day);
    }
    let last_day = log.last_day().context("the log is empty")?;
    let paid: Vec<&Purchase> = log
        .purchases
        .iter()
        .filter(|purchase| is_paid(purchase, last_day))
        .collect();
    let expected = Expected {
        customers: customers.len(),
        orders: log.purchases.len(),
        payments: paid.len(),
        order_amount: log.purchases.iter().map(|purchase| purchase.amount).sum(),
        payment_amount: paid.iter().map(|purchase| purchase.amount).sum(),
    };
    let files = vec![
        products(folder)?,
        write_customers(folder, &customers)?,
        write_contacts(folder, &customers)?,
        write_orders(folder, log, last_day)?,
        write_order_lines(folder, log)?,
        write_payments(folder, &paid)?,
    ];
    Ok((files, expected))
}

/// The accounts of one region: two representatives each own part of its customers.
#[must_use]
pub fn representative(person: &Person) -> String {
    format!(
        "sales.{}{}",
        person.region.code,
        if person.representative == 0 { "" } else { ".2" }
    )
}

/// One order in five of the last two weeks still waits for its payment, so that there is one to pay.
fn is_paid(purchase: &Purchase, last_day: NaiveDate) -> bool {
    purchase.day + Days::new(14) < last_day || !purchase.line.is_multiple_of(5)
}

fn products(folder: &Path) -> anyhow::Result<ImportFile> {
    let mut file = Csv::create(
        folder,
        "product",
        &[
            "code",
            "name",
            "category",
            "unit",
            "list_price",
            "list_price_currency",
        ],
    )?;
    for (code, name, category, bound) in PRODUCTS {
        let price = if bound == i64::MAX {
            "59.99".to_owned()
        } else {
            format!("{}.99", bound - 1)
        };
        file.row(&[code, name, category, "disc", &price, "USD"])?;
    }
    file.finish()
}

fn write_customers(
    folder: &Path,
    customers: &BTreeMap<u32, NaiveDate>,
) -> anyhow::Result<ImportFile> {
    let columns = [
        "code",
        "name",
        "kind",
        "industry",
        "region",
        "level",
        "phone",
        "city",
        "first_order_on",
        "origin",
        "owner.login",
        "department.code",
    ];
    let mut file = Csv::create(folder, "customer", &columns)?;
    for (customer, first_order) in customers {
        let person = Person::of(*customer);
        file.row(&[
            &code(*customer),
            &person.name,
            person.kind,
            person.industry,
            person.region.code,
            person.level,
            &person.phone,
            person.city,
            &first_order.to_string(),
            "mixed",
            &representative(&person),
            &department(&person),
        ])?;
    }
    file.finish()
}

fn write_contacts(
    folder: &Path,
    customers: &BTreeMap<u32, NaiveDate>,
) -> anyhow::Result<ImportFile> {
    let columns = [
        "customer.code",
        "name",
        "position",
        "email",
        "phone",
        "language",
        "email_consent",
        "origin",
        "owner.login",
        "department.code",
    ];
    let mut file = Csv::create(folder, "contact", &columns)?;
    for customer in customers.keys() {
        let person = Person::of(*customer);
        file.row(&[
            &code(*customer),
            &person.contact,
            person.position,
            &format!("c{customer:05}@mail.example"),
            &person.phone,
            person.language,
            if person.consent { "true" } else { "false" },
            "generated",
            &representative(&person),
            &department(&person),
        ])?;
    }
    file.finish()
}

fn write_orders(
    folder: &Path,
    log: &PurchaseLog,
    last_day: NaiveDate,
) -> anyhow::Result<ImportFile> {
    let columns = [
        "external_key",
        "customer.code",
        "ordered_on",
        "status",
        "channel",
        "amount",
        "amount_currency",
        "owner.login",
        "department.code",
    ];
    let mut file = Csv::create(folder, "order", &columns)?;
    for purchase in &log.purchases {
        let person = Person::of(purchase.customer);
        file.row(&[
            &order_key(purchase),
            &code(purchase.customer),
            &purchase.day.to_string(),
            if is_paid(purchase, last_day) {
                "paid"
            } else {
                "confirmed"
            },
            ["web", "web", "web", "phone", "store"][purchase.line as usize % 5],
            &purchase.amount.to_string(),
            "USD",
            &representative(&person),
            &department(&person),
        ])?;
    }
    file.finish()
}

fn write_order_lines(folder: &Path, log: &PurchaseLog) -> anyhow::Result<ImportFile> {
    let columns = [
        "order.external_key",
        "line_no",
        "product.code",
        "quantity",
        "unit_price",
        "unit_price_currency",
        "amount",
        "amount_currency",
    ];
    let mut file = Csv::create(folder, "order_line", &columns)?;
    for purchase in &log.purchases {
        let unit_price = (purchase.amount / Decimal::from(purchase.discs.max(1))).round_dp(2);
        let product = PRODUCTS
            .iter()
            .find(|(.., bound)| unit_price < Decimal::from(*bound))
            .map_or("CD-BOX", |(code, ..)| *code);
        file.row(&[
            &order_key(purchase),
            "1",
            product,
            &purchase.discs.to_string(),
            &unit_price.to_string(),
            "USD",
            &purchase.amount.to_string(),
            "USD",
        ])?;
    }
    file.finish()
}

fn write_payments(folder: &Path, paid: &[&Purchase]) -> anyhow::Result<ImportFile> {
    let columns = [
        "order.external_key",
        "customer.code",
        "paid_on",
        "method",
        "amount",
        "amount_currency",
        "status",
    ];
    let mut file = Csv::create(folder, "payment", &columns)?;
    for purchase in paid {
        file.row(&[
            &order_key(purchase),
            &code(purchase.customer),
            &purchase.day.to_string(),
            ["card", "transfer", "wallet", "card"][purchase.line as usize % 4],
            &purchase.amount.to_string(),
            "USD",
            "received",
        ])?;
    }
    file.finish()
}

fn code(customer: u32) -> String {
    format!("C{customer:05}")
}

fn order_key(purchase: &Purchase) -> String {
    format!("cdnow-{:05}", purchase.line)
}

fn department(person: &Person) -> String {
    debug_assert!(
        REGIONS
            .iter()
            .any(|region| region.code == person.region.code)
    );
    format!("sales-{}", person.region.code)
}

/// A CSV file in the making that counts its rows.
struct Csv {
    object: &'static str,
    path: PathBuf,
    writer: csv::Writer<File>,
    rows: usize,
}

impl Csv {
    fn create(folder: &Path, object: &'static str, header: &[&str]) -> anyhow::Result<Self> {
        let path = folder.join(format!("{object}.csv"));
        let file =
            File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(header)?;
        Ok(Csv {
            object,
            path,
            writer,
            rows: 0,
        })
    }

    fn row(&mut self, values: &[&str]) -> anyhow::Result<()> {
        self.rows += 1;
        self.writer
            .write_record(values)
            .with_context(|| format!("cannot write {}", self.path.display()))
    }

    fn finish(mut self) -> anyhow::Result<ImportFile> {
        self.writer
            .flush()
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(ImportFile {
            object: self.object,
            path: self.path,
            rows: self.rows,
        })
    }
}
