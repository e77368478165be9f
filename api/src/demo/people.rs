//! What the log lacks: names, regions, industries, owners. Generated from a fixed seed, the same in
//! every run, and marked `generated` (or `mixed` where the customer's number is real).

use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const SEED: u64 = 0x00ba_5a17;

/// One sales region: its department and the account that manages it.
#[derive(Debug, Clone, Copy)]
pub struct Region {
    pub code: &'static str,
    pub name_en: &'static str,
    pub name_zh: &'static str,
    /// Share of the customers, in percent.
    share: u32,
    pub cities: &'static [&'static str],
}

pub const REGIONS: [Region; 5] = [
    Region {
        code: "east",
        name_en: "East",
        name_zh: "华东",
        share: 30,
        cities: &["上海", "杭州", "苏州", "南京", "宁波", "合肥"],
    },
    Region {
        code: "north",
        name_en: "North",
        name_zh: "华北",
        share: 22,
        cities: &["北京", "天津", "青岛", "济南", "大连", "西安"],
    },
    Region {
        code: "south",
        name_en: "South",
        name_zh: "华南",
        share: 20,
        cities: &["广州", "深圳", "厦门", "福州", "南宁", "海口"],
    },
    Region {
        code: "southwest",
        name_en: "Southwest",
        name_zh: "西南",
        share: 13,
        cities: &["成都", "重庆", "昆明", "贵阳"],
    },
    Region {
        code: "international",
        name_en: "International",
        name_zh: "海外",
        share: 15,
        cities: &[
            "Singapore",
            "London",
            "Berlin",
            "Toronto",
            "Sydney",
            "Chicago",
            "Rotterdam",
        ],
    },
];

const INDUSTRIES: [&str; 8] = [
    "retail",
    "manufacturing",
    "technology",
    "finance",
    "education",
    "healthcare",
    "media",
    "logistics",
];
const SURNAMES: [&str; 32] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
    "何", "郭", "马", "罗", "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于", "董", "萧", "程",
    "欧阳",
];
const GIVEN: [&str; 40] = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明",
    "超", "秀英", "霞", "平", "刚", "桂英", "子涵", "浩然", "欣怡", "梓轩", "诗涵", "宇航", "思远",
    "雨桐", "嘉怡", "俊杰", "佳琪", "一诺", "文博", "若曦", "书豪", "晓彤", "志远", "雅婷",
];
const FIRST_NAMES: [&str; 24] = [
    "Emma", "Liam", "Olivia", "Noah", "Ava", "Lucas", "Mia", "Ethan", "Sofia", "James", "Amelia",
    "Oliver", "Hannah", "Daniel", "Clara", "Marcus", "Julia", "Peter", "Nora", "Felix", "Grace",
    "Victor", "Iris", "Hugo",
];
const LAST_NAMES: [&str; 24] = [
    "Smith", "Müller", "Tan", "Brown", "Novak", "Wilson", "Jansen", "Taylor", "Rossi", "Martin",
    "Keller", "Lim", "Andersen", "Clark", "Dubois", "Walker", "Fischer", "Young", "Costa", "Evans",
    "Meyer", "Scott", "Bauer", "Reid",
];
const COMPANY_ZH: [&str; 20] = [
    "云帆", "启明", "恒信", "智远", "华盛", "锦程", "瑞丰", "天衡", "博雅", "泰和", "星河", "众诚",
    "蓝海", "安捷", "鼎新", "盛世", "佳音", "弘毅", "远景", "凯达",
];
const COMPANY_KIND_ZH: [&str; 6] = [
    "科技有限公司",
    "贸易有限公司",
    "文化传媒有限公司",
    "实业有限公司",
    "商贸有限公司",
    "集团有限公司",
];
const COMPANY_EN: [&str; 16] = [
    "Northwind",
    "Harbour",
    "Silverline",
    "Redwood",
    "Bluepeak",
    "Orchard",
    "Granite",
    "Lantern",
    "Meridian",
    "Cobalt",
    "Juniper",
    "Falcon",
    "Evergreen",
    "Summit",
    "Beacon",
    "Atlas",
];
const COMPANY_KIND_EN: [&str; 6] = [
    "Trading",
    "Media",
    "Retail Group",
    "Logistics",
    "Technologies",
    "Partners",
];

/// The generated side of one customer.
#[derive(Debug, Clone)]
pub struct Person {
    pub region: &'static Region,
    pub industry: &'static str,
    pub city: &'static str,
    pub name: String,
    pub kind: &'static str,
    pub level: &'static str,
    pub phone: String,
    pub contact: String,
    pub position: &'static str,
    pub language: &'static str,
    pub consent: bool,
    /// Which of the region's sales representatives owns the customer (0 or 1).
    pub representative: usize,
}

impl Person {
    /// The same customer number gives the same person, whatever else is generated.
    #[must_use]
    pub fn of(customer: u32) -> Person {
        let mut random = ChaCha8Rng::seed_from_u64(SEED ^ (u64::from(customer) << 20));
        let region = region(random.random_range(0..100));
        let international = region.code == "international";
        let contact = if international {
            name_en(&mut random)
        } else {
            name_zh(&mut random)
        };
        let city = pick(&mut random, region.cities);
        let organisation = random.random_range(0..100) < 35;
        let name = match (organisation, international) {
            (true, true) => format!(
                "{} {} {customer}",
                pick(&mut random, &COMPANY_EN),
                pick(&mut random, &COMPANY_KIND_EN)
            ),
            (true, false) => format!(
                "{city}{}{}（{customer}）",
                pick(&mut random, &COMPANY_ZH),
                pick(&mut random, &COMPANY_KIND_ZH)
            ),
            (false, _) => contact.clone(),
        };
        let phone = if international {
            format!("+44 20 7946 {:04}", random.random_range(0..10_000))
        } else {
            format!(
                "+86 1{}{:09}",
                pick(&mut random, &["3", "5", "8"]),
                random.random_range(0..1_000_000_000_u32)
            )
        };
        Person {
            region,
            industry: pick(&mut random, &INDUSTRIES),
            city,
            name,
            kind: if organisation {
                "organisation"
            } else {
                "person"
            },
            level: pick(&mut random, &["A", "B", "B", "C", "C", "C"]),
            phone,
            contact,
            position: pick(
                &mut random,
                &["采购经理", "Buyer", "Owner", "总经理", "行政主管"],
            ),
            language: if international { "en" } else { "zh" },
            consent: random.random_range(0..100) < 85,
            representative: random.random_range(0..2),
        }
    }
}

fn region(percentile: u32) -> &'static Region {
    let mut upper = 0;
    for region in &REGIONS {
        upper += region.share;
        if percentile < upper {
            return region;
        }
    }
    &REGIONS[0]
}

fn name_zh(random: &mut ChaCha8Rng) -> String {
    format!("{}{}", pick(random, &SURNAMES), pick(random, &GIVEN))
}

fn name_en(random: &mut ChaCha8Rng) -> String {
    format!(
        "{} {}",
        pick(random, &FIRST_NAMES),
        pick(random, &LAST_NAMES)
    )
}

fn pick(random: &mut ChaCha8Rng, from: &[&'static str]) -> &'static str {
    from.choose(random)
        .copied()
        .expect("every list of names has entries")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_the_same_in_every_run_and_fill_every_region() {
        let first: Vec<String> = (1..200).map(|n| Person::of(n).name).collect();
        let again: Vec<String> = (1..200).map(|n| Person::of(n).name).collect();
        assert_eq!(first, again);
        for region in &REGIONS {
            assert!((1..500).any(|n| Person::of(n).region.code == region.code));
        }
    }
}
