//! Which addresses are public, and which others an administrator has allowed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Whether the address is one of the public internet: no loopback, private, link-local, shared,
/// multicast, documentation or reserved range, in IPv4 or in any form of IPv6 that wraps it.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_unspecified()
        || ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        // Carrier-grade NAT, protocol assignments, benchmarks, 6to4 relays.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
        || (a == 192 && b == 88 && c == 99))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(v4) = wrapped(ip) {
        return is_public_v4(v4);
    }
    let [first, second, ..] = ip.segments();
    // Only global unicast (2000::/3), without what is set aside within it.
    (first & 0xe000) == 0x2000
        && !(first == 0x2001 && second == 0x0db8)
        && !(first == 0x2001 && second < 0x0200)
        && !(first == 0x3fff && second < 0x1000)
}

/// The IPv4 address inside a mapped, compatible, NAT64 or 6to4 address.
fn wrapped(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = ip.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    if s[..5] == [0; 5] && (s[5] == 0xffff || s[5] == 0) && ip != Ipv6Addr::LOCALHOST {
        return Some(v4(s[6], s[7]));
    }
    if s[0] == 0x64 && s[1] == 0xff9b {
        return Some(v4(s[6], s[7]));
    }
    (s[0] == 0x2002).then(|| v4(s[1], s[2]))
}

/// An entry of the administrators' list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// A host by name, at one port or at any.
    Host(String, Option<u16>),
    /// A range of addresses, at one port or at any.
    Range(IpAddr, u8, Option<u16>),
}

impl Allowed {
    pub(super) fn admits(&self, name: Option<&str>, ip: IpAddr, port: u16) -> bool {
        match self {
            Self::Host(host, at) => {
                name.is_some_and(|name| name.eq_ignore_ascii_case(host))
                    && at.is_none_or(|at| at == port)
            }
            Self::Range(network, bits, at) => {
                at.is_none_or(|at| at == port) && within(ip, *network, *bits)
            }
        }
    }
}

fn within(ip: IpAddr, network: IpAddr, bits: u8) -> bool {
    match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => {
            let shift = 32 - u32::from(bits);
            u32::from(ip).checked_shr(shift) == u32::from(network).checked_shr(shift)
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) => {
            let shift = 128 - u32::from(bits);
            u128::from(ip).checked_shr(shift) == u128::from(network).checked_shr(shift)
        }
        _ => false,
    }
}

impl FromStr for Allowed {
    type Err = String;

    /// `hooks.intra`, `hooks.intra:8080`, `10.1.0.0/16`, `10.1.2.3`, `127.0.0.1:9000`, `fd00::/8`.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let wrong = || {
            format!("{text:?} is none of a host, host:port, address, address:port, address/prefix")
        };
        if let Some((network, bits)) = text.split_once('/') {
            let network: IpAddr = network.parse().map_err(|_| wrong())?;
            let longest = if network.is_ipv4() { 32 } else { 128 };
            let bits = bits
                .parse()
                .ok()
                .filter(|bits| *bits <= longest)
                .ok_or_else(wrong)?;
            return Ok(Self::Range(network, bits, None));
        }
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self::Range(ip, if ip.is_ipv4() { 32 } else { 128 }, None));
        }
        if let Ok(address) = text.parse::<std::net::SocketAddr>() {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            return Ok(Self::Range(address.ip(), bits, Some(address.port())));
        }
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host, Some(port.parse().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let plain = !host.is_empty()
            && host.len() <= 253
            && host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        if plain {
            Ok(Self::Host(host.to_ascii_lowercase(), port))
        } else {
            Err(wrong())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_in_every_disguise_are_not_public() {
        for text in [
            "127.0.0.1",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:7f00:1::",
            "2001:db8::1",
            "ff02::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "1.1.1.1",
            "93.184.216.34",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn entries_admit_what_they_name() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let allowed = |text: &str| text.parse::<Allowed>().unwrap();
        assert!(allowed("10.1.0.0/16").admits(None, ip("10.1.2.3"), 80));
        assert!(!allowed("10.1.0.0/16").admits(None, ip("10.2.2.3"), 80));
        assert!(allowed("0.0.0.0/0").admits(None, ip("10.2.2.3"), 80));
        assert!(allowed("127.0.0.1:9000").admits(None, ip("127.0.0.1"), 9000));
        assert!(!allowed("127.0.0.1:9000").admits(None, ip("127.0.0.1"), 9001));
        assert!(allowed("Hooks.intra").admits(Some("hooks.INTRA"), ip("10.0.0.1"), 80));
        assert!(!allowed("hooks.intra:81").admits(Some("hooks.intra"), ip("10.0.0.1"), 80));
        assert!(!allowed("hooks.intra").admits(None, ip("10.0.0.1"), 80));
        for wrong in ["", "a b", "10.0.0.0/33", "host:port", "http://x"] {
            assert!(wrong.parse::<Allowed>().is_err(), "{wrong}");
        }
    }
}
