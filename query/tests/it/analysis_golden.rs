//! The purchase models against published figures, on the CDNOW 1/10 sample (2,357 customers, 39-week calibration).
//!
//! Figures: P. Fader, B. Hardie, K. L. Lee (2005) and the spreadsheets of brucehardie.com/notes/004, 010 and 025;
//! Pareto/NBD: P. Fader, B. Hardie, K. L. Lee (2005), "A Note on Deriving the Pareto/NBD Model";
//! modified BG/NBD as in the BTYDplus manual. The data files come with the `lifetimes` package (MIT licence).

use std::io::Read;

use basalt_query::analysis::Purchases;
use basalt_query::analysis::btyd::{BgNbd, Dropout, GammaGamma, History, ParetoNbd, Spend};
use basalt_query::analysis::clv::{self, BacktestOutcome};
use basalt_query::analysis::cohort::{RetentionRequest, retention_of};
use basalt_query::analysis::rfm::{self, RfmRequest, RfmSegment, Scheme};
use basalt_query::analysis::scoring;
use chrono::NaiveDate;

/// Last day of the 39-week calibration period, and of the whole log.
fn calibration_end() -> NaiveDate {
    NaiveDate::from_ymd_opt(1997, 9, 30).expect("a date")
}

fn log_end() -> NaiveDate {
    NaiveDate::from_ymd_opt(1998, 6, 30).expect("a date")
}

fn unpacked(compressed: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(compressed)
        .read_to_string(&mut text)
        .expect("the test data unpack");
    text
}

/// The published summary: (x, t_x, T, mean repeat spend) by customer, times rounded to two decimals.
fn summary() -> Vec<(History, Spend)> {
    let text = unpacked(include_bytes!("../data/cdnow_summary.csv.gz"));
    text.lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<f64> = line
                .trim()
                .split(',')
                .map(|cell| cell.parse().expect("a number"))
                .collect();
            let frequency = cells[1] as u32;
            (
                History {
                    frequency,
                    recency: cells[2],
                    age: cells[3],
                },
                Spend {
                    frequency,
                    mean: cells[4],
                },
            )
        })
        .collect()
}

/// The raw log: id in the full log, id in the sample (1 to 2357), yyyymmdd, number of CDs, amount.
fn raw_log() -> Purchases {
    let text = unpacked(include_bytes!("../data/cdnow_sample.txt.gz"));
    Purchases::from_rows(text.lines().map(|line| {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let customer = cells[1].parse().expect("a customer id");
        let day = NaiveDate::parse_from_str(cells[2], "%Y%m%d").expect("a date");
        (customer, day, cells[4].parse().expect("an amount"))
    }))
}

fn close(what: &str, actual: f64, published: f64, tolerance: f64) {
    assert!(
        (actual - published).abs() <= tolerance,
        "{what}: {actual}, published {published}"
    );
}

#[test]
fn the_raw_log_sums_up_to_the_published_summary() {
    let customers = raw_log().summarise(calibration_end());
    let published = summary();
    assert_eq!(customers.len(), 2_357);
    for (customer, (history, spend)) in customers.iter().zip(&published) {
        let own = customer.history();
        assert_eq!(
            own.frequency, history.frequency,
            "x of customer {}",
            customer.customer_id
        );
        close("t_x", own.recency, history.recency, 0.005 + 1e-9);
        close("T", own.age, history.age, 0.005 + 1e-9);
        close("mean spend", customer.spend().mean, spend.mean, 0.01 + 1e-9);
    }
    assert_eq!(
        customers
            .iter()
            .map(|customer| customer.purchases - 1)
            .sum::<u32>(),
        2_457
    );
    assert_eq!(
        customers
            .iter()
            .filter(|customer| customer.purchases == 1)
            .count(),
        1_411
    );
}

/// On the log itself: β is so flat a direction that the summary's rounded times move it by 0.001.
#[test]
fn pareto_nbd_is_the_published_fit() {
    let histories: Vec<History> = raw_log()
        .summarise(calibration_end())
        .iter()
        .map(basalt_query::analysis::CustomerSummary::history)
        .collect();
    let fit = ParetoNbd::fit(&histories).expect("a fit");
    close("r", fit.model.r, 0.553, 5e-4);
    close("alpha", fit.model.alpha, 10.578, 5e-4);
    close("s", fit.model.s, 0.606, 5e-4);
    close("beta", fit.model.beta, 11.669, 5e-4);
    close(
        "log-likelihood, evaluated",
        fit.model.log_likelihood(&histories),
        fit.log_likelihood,
        1e-6,
    );
    let published = ParetoNbd {
        r: 0.553,
        alpha: 10.578,
        s: 0.606,
        beta: 11.669,
    };
    let customer = History {
        frequency: 26,
        recency: 30.86,
        age: 31.0,
    };
    let alive = published.probability_alive(&customer);
    close("P(alive)", alive, 0.9979, 5e-5);
    // By adaptive quadrature of the same integral, without any 2F1.
    close("P(alive), integrated", alive, 0.997_918_731, 1e-8);
    let expected = published.expected_purchases(&customer, 52.0);
    close("E[Y(52)], integrated", expected, 25.458_472_95, 1e-6);
    let newcomer = published.expected_purchases_of_new_customer(52.0);
    close("E[X(52)]", newcomer, 1.472_996_80, 1e-7);
}

#[test]
fn bg_nbd_is_the_published_fit() {
    let histories: Vec<History> = summary().into_iter().map(|(history, _)| history).collect();
    let fit = BgNbd::fit(Dropout::AfterRepeat, &histories).expect("a fit");
    close("r", fit.model.r, 0.243, 5e-4);
    close("alpha", fit.model.alpha, 4.414, 5e-4);
    close("a", fit.model.a, 0.793, 5e-4);
    close("b", fit.model.b, 2.426, 5e-4);
    close("log-likelihood", fit.log_likelihood, -9_582.43, 5e-3);
    close(
        "log-likelihood, evaluated",
        fit.model.log_likelihood(&histories),
        fit.log_likelihood,
        1e-6,
    );
    let errors = fit
        .standard_errors
        .expect("the sample determines the parameters");
    for (error, published) in errors.into_iter().zip([0.0126, 0.378, 0.186, 0.705]) {
        close("standard error", error, published, 5e-4);
    }
    let customer = History {
        frequency: 2,
        recency: 30.43,
        age: 38.86,
    };
    close(
        "E[X(39)]",
        fit.model.expected_purchases(&customer, 39.0),
        1.226,
        1e-3,
    );
    for (weeks, published) in [
        (0.1429, 0.0078),
        (1.0, 0.0532),
        (3.0, 0.1506),
        (31.8571, 1.0405),
        (32.0, 1.0437),
        (78.0, 1.8576),
    ] {
        close(
            "E[X(t)]",
            fit.model.expected_purchases_of_new_customer(weeks),
            published,
            5e-4,
        );
    }
}

#[test]
fn bg_nbd_from_the_raw_log_is_the_published_fit_too() {
    let histories: Vec<History> = raw_log()
        .summarise(calibration_end())
        .iter()
        .map(basalt_query::analysis::CustomerSummary::history)
        .collect();
    let fit = BgNbd::fit(Dropout::AfterRepeat, &histories).expect("a fit");
    for (actual, published) in [fit.model.r, fit.model.alpha, fit.model.a, fit.model.b]
        .into_iter()
        .zip([0.243, 4.414, 0.793, 2.426])
    {
        close("parameter", actual, published, 1e-3);
    }
}

#[test]
fn modified_bg_nbd_is_the_published_fit() {
    let histories: Vec<History> = summary().into_iter().map(|(history, _)| history).collect();
    let fit = BgNbd::fit(Dropout::AfterAnyPurchase, &histories).expect("a fit");
    for (actual, published) in [fit.model.r, fit.model.alpha, fit.model.a, fit.model.b]
        .into_iter()
        .zip([0.525, 6.183, 0.891, 1.614])
    {
        close("parameter", actual, published, 5e-4);
    }
    close("log-likelihood", fit.log_likelihood, -9_582.13, 5e-3);
}

#[test]
fn gamma_gamma_is_the_published_fit() {
    let spends: Vec<Spend> = summary().into_iter().map(|(_, spend)| spend).collect();
    let fit = GammaGamma::fit(&spends).expect("a fit");
    assert_eq!(fit.customers, 946);
    close("p", fit.model.p, 6.25, 5e-3);
    close("q", fit.model.q, 3.74, 5e-3);
    close("v", fit.model.v, 15.44, 1e-2);
    close("log-likelihood", fit.log_likelihood, -4_055.92, 5e-3);
    let published = [
        24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17,
    ];
    for (spend, published) in spends.iter().zip(published) {
        close("E[M]", fit.model.expected_spend(spend), published, 0.1);
    }
}

#[test]
fn the_backtest_predicts_the_held_out_year_as_the_paper_does() {
    let test = clv::backtest_split(
        &raw_log(),
        calibration_end(),
        log_end(),
        Dropout::AfterRepeat,
    )
    .expect("a back-test");
    assert_eq!(test.customers, 2_357);
    assert_eq!(test.actual_purchases, 1_882.0);
    // Averages by repeat purchases in the calibration period: what happened, and what BG/NBD expects.
    let happened = [0.24, 0.70, 1.39, 1.56, 2.53, 2.95, 3.86, 6.36];
    let expected = [0.23, 0.52, 1.04, 1.52, 2.16, 2.65, 3.50, 6.16];
    for (class, (happened, expected)) in test.classes.iter().zip(happened.into_iter().zip(expected))
    {
        close("actual", class.actual, happened, 0.006);
        close("predicted", class.predicted, expected, 0.006);
    }
    // Over all 78 weeks the model stays within six per cent of what was bought.
    let repeats_so_far = 2_457.0;
    let error = (repeats_so_far + test.predicted_purchases)
        / (repeats_so_far + test.actual_purchases)
        - 1.0;
    assert!(
        error.abs() < 0.06,
        "{} predicted, {} happened",
        test.predicted_purchases,
        test.actual_purchases
    );
    assert_eq!(test.classes[0].customers, 1_411);
    assert!(
        test.classes
            .is_sorted_by(|lower, higher| lower.predicted < higher.predicted)
    );
    assert!(test.correlation > 0.6);
}

#[test]
fn every_customer_gets_all_scores() {
    let run = scoring::score_purchases(&raw_log(), log_end()).expect("scores");
    assert_eq!(run.scores.len(), 2_357);
    let clv = run.clv.expect("the sample determines the models");
    assert!(matches!(clv.backtest, BacktestOutcome::Done(_)));
    assert!(
        run.scores
            .iter()
            .all(|score| score.clv.is_some() && score.value_band.is_some())
    );
    let again = scoring::score_purchases(&raw_log(), log_end()).expect("scores");
    assert_eq!(
        run.scores, again.scores,
        "the same purchases give the same scores to the last digit"
    );
    let top = run
        .scores
        .iter()
        .filter(|score| score.value_band.as_deref() == Some("top"))
        .count();
    assert!(
        (100..=130).contains(&top),
        "five per cent of 2,357, not {top}"
    );
}

#[test]
fn rfm_and_retention_count_everybody_once() {
    let purchases = raw_log();
    let request = RfmRequest {
        as_of: log_end(),
        scheme: Scheme::default(),
    };
    let rfm = rfm::score_customers(&purchases.summarise(log_end()), &request).expect("scores");
    assert_eq!(
        rfm.grid.iter().map(|cell| cell.customers).sum::<u64>(),
        2_357
    );
    let slipping = rfm
        .segments
        .iter()
        .find(|total| total.segment == RfmSegment::ValuableSlipping)
        .expect("all segments are listed");
    assert!(slipping.customers > 0 && slipping.revenue > 0.0);
    let retention = retention_of(
        &purchases,
        &RetentionRequest {
            as_of: log_end(),
            months: 24,
        },
    );
    assert_eq!(
        retention.cohorts.len(),
        3,
        "all first purchases are in the first quarter"
    );
    assert_eq!(
        retention
            .cohorts
            .iter()
            .map(|cohort| cohort.customers)
            .sum::<u64>(),
        2_357
    );
    assert_eq!(retention.cohorts[0].cells.len(), 18);
}
