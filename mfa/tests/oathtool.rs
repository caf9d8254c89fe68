//! OTP values beside `oathtool` (Debian package of that name): 1,000 random seeds, digits, hashes, steps and moments.

use std::process::Command;

use kernel::{Entropy, SecretBytes};
use mfa::tokens::oath::{Generator, Hash};

/// Values that one call prints.
const WINDOW: u64 = 4;

fn oathtool(arguments: &[String]) -> Vec<String> {
    let output = Command::new("oathtool").args(arguments).output().expect("this test needs the Debian package oathtool");
    assert!(output.status.success(), "oathtool {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn values_equal_those_of_oathtool() {
    let chance = Entropy::seeded(6238);
    let sizes = [16, 20, 32, 64, 100];
    for round in 0..1000 {
        let seed = SecretBytes::new(chance.vec(sizes[chance.below(sizes.len())]));
        let hex = data_encoding::HEXLOWER.encode(seed.expose());
        let digits = [6_u8, 7, 8][chance.below(3)];
        let mut arguments = vec![format!("--digits={digits}"), format!("--window={WINDOW}")];
        let (hash, first) = if round % 3 == 0 {
            let counter = chance.below(1 << 32) as u64;
            arguments.extend(["--hotp".to_owned(), format!("--counter={counter}")]);
            (Hash::Sha1, counter)
        } else {
            let hash = Hash::ALL[chance.below(3)];
            let (step, at) = ([30_u64, 60][chance.below(2)], chance.below(1 << 32) as u64);
            arguments.extend([format!("--totp={}", hash.name()), format!("--time-step-size={step}s"), format!("--now=@{at}")]);
            (hash, at / step)
        };
        arguments.push(hex);
        let generator = Generator::new(hash, &seed, digits);
        let ours: Vec<String> = (first..=first + WINDOW).map(|at| generator.code(at).expose().to_owned()).collect();
        assert_eq!(oathtool(&arguments), ours, "{arguments:?}");
    }
}
