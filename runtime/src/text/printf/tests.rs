use super::*;

fn number(format: &str, value: f64) -> String {
    let (spec, len) = Spec::parse(&format.as_bytes()[1..]).expect(format);
    assert_eq!(len, format.len() - 1);
    let mut out = b"<".to_vec(); // Padding must not reach back.
    spec.append_number(&mut out, value);
    String::from_utf8(out).unwrap().strip_prefix('<').unwrap().to_string()
}

#[track_caller]
fn check(format: &str, value: f64, expected: &str) {
    assert_eq!(number(format, value), expected, "{format} of {value:e}");
}

#[track_caller]
fn refused(format: &[u8], message: &[u8]) {
    assert_eq!(Spec::parse(&format[1..]).unwrap_err().message().as_ref(), message);
}

#[test]
fn integers() {
    check("%d", 3.7, "3");
    check("%i", -3.7, "-3");
    check("%05d", -3.0, "-0003");
    check("%+05d", 3.0, "+0003");
    check("% d", 3.0, " 3");
    check("% +d", 3.0, "+3");
    check("%.0d", 0.0, "");
    check("%5.0d", 0.0, "     ");
    check("%+.3d", 7.0, "+007");
    check("%08.3d", 7.0, "     007");
    check("%-08d", 7.0, "7       ");
    check("%--5d", 1.0, "1    ");
    check("%d", 1e300, "-9223372036854775808");
    check("%d", f64::NAN, "-9223372036854775808");
    check("%d", -TWO_63, "-9223372036854775808");
    check("%u", -1.0, "18446744073709551615");
    check("%u", 1e19, "10000000000000000000");
    check("%u", 1e300, "0");
    check("%u", -1e300, "9223372036854775808");
    check("%+u", 1.0, "1");
    check("%x", -1.0, "ffffffffffffffff");
    check("%X", 255.0, "FF");
    check("%#x", 255.0, "0xff");
    check("%#X", 0.0, "0");
    check("%#.3x", 1.0, "0x001");
    check("%#06x", 1.0, "0x0001");
    check("%o", -1.0, "1777777777777777777777");
    check("%#o", 8.0, "010");
    check("%#.0o", 0.0, "0");
    check("%#.3o", 8.0, "010");
    check("%.99d", 5.0, &format!("{}5", "0".repeat(98)));
}

#[test]
fn characters_and_strings() {
    check("%c", 321.0, "A");
    check("%c", 0.0, "");
    check("%3c", 0.0, "  ");
    check("%-3c", 0.0, "");
    check("%5c", 65.0, "    A");
    check("%-5c", 65.0, "A    ");
    check("%05c", 65.0, "    A");
    check("%.0c", 65.0, "A");
    for (format, text, expected) in [
        ("%s", "abc", "abc"),
        ("%5s", "a", "    a"),
        ("%05s", "abc", "  abc"),
        ("%-5s", "a", "a    "),
        ("%.2s", "abc", "ab"),
        ("%.s", "abc", ""),
        ("%5.1s", "abc", "    a"),
        ("%.10s", "a\0b", "a\0b"),
    ] {
        let mut out = Vec::new();
        Spec::parse(&format.as_bytes()[1..]).unwrap().0.append_string(&mut out, text.as_bytes());
        assert_eq!(out, expected.as_bytes(), "{format}");
    }
}

#[test]
fn floats() {
    check("%f", 1.0, "1.000000");
    check("%.0f", 0.5, "0");
    check("%.0f", 1.5, "2");
    check("%.0f", 2.5, "2");
    check("%#.0f", 1.0, "1.");
    check("%#.0f", 1e30, "1000000000000000019884624838656.");
    check("%.2f", 0.005, "0.01");
    check("%.1f", 0.25, "0.2");
    check("%.2f", 999.999, "1000.00");
    check("%.3f", -0.0, "-0.000");
    check("%8.2f", -2.34159, "   -2.34");
    check("%08.2f", -2.34159, "-0002.34");
    check("%.20f", 0.1, "0.10000000000000000555");
    check("%.30f", 0.1, "0.100000000000000005551115123126");
    check("%e", 0.0, "0.000000e+00");
    check("%.0e", 12345.0, "1e+04");
    check("%#.0e", 12345.0, "1.e+04");
    check("%E", 1e-10, "1.000000E-10");
    check("%.3e", 1e-310, "1.000e-310");
    check("%.25e", 0.1, "1.0000000000000000555111512e-01");
    check("%g", 1e20, "1e+20");
    check("%g", 100000.0, "100000");
    check("%g", 1e6, "1e+06");
    check("%g", 0.0001, "0.0001");
    check("%g", 0.00001, "1e-05");
    check("%#g", 1.0, "1.00000");
    check("%#g", 0.0, "0.00000");
    check("%g", 0.0, "0");
    check("%.3g", 1234567.0, "1.23e+06");
    check("%.0g", 0.55, "0.6");
    check("%#.3g", 0.0001, "0.000100");
    check("%.17g", 0.1, "0.10000000000000001");
    check("%.20g", 1e15, "1000000000000000");
    check("%G", 1e-10, "1E-10");
    check("%+010.3g", 1.0, "+000000001");
    check("%5.1f", -f64::NAN, " -nan");
    check("%05f", f64::INFINITY, "  inf");
    check("%+f", f64::INFINITY, "+inf");
    check("%G", f64::NEG_INFINITY, "-INF");
}

#[test]
fn large_exact_floats() {
    let text = number("%.99f", 1e308);
    assert_eq!(text.len(), 309 + 1 + 99);
    assert!(text.starts_with(
        "100000000000000001097906362944045541740492309677311846336810682903157585404911491537163328978"
    ));
    assert!(text.ends_with(&"0".repeat(99)));
    let text = number("%.99f", 5e-324);
    assert_eq!(text, format!("0.{}", "0".repeat(99)));
    assert_eq!(number("%99.99f", f64::MAX).len(), 409);
}

#[test]
fn hex_floats_as_luajit() {
    check("%a", 1.0, "0x1p+0");
    check("%A", 1.5, "0X1.8P+0");
    check("%.2a", 1.999, "0x2.00p+0");
    check("%.0a", 1.5, "0x2p+0");
    check("%20a", 0.1, "0x1.999999999999ap-4");
    check("%022a", 0.1, "0x001.999999999999ap-4");
    check("%#a", 1.0, "0x1.p+0");
    check("%+a", 2.0, "+0x1p+1");
    check("%a", 5e-324, "0x1p-1074");
    check("%a", 0.0, "0x0p+0");
    check("%.3a", 0.0, "0x0.000p+0");
    check("%.15a", 1.0, "0x1.000000000000000p+0");
    check("%A", f64::INFINITY, "INF");
}

#[test]
fn errors_as_lua51() {
    refused(b"%------5d", b"invalid format (repeated flags)");
    refused(b"%123d", b"invalid format (width or precision too long)");
    refused(b"%.123d", b"invalid format (width or precision too long)");
    refused(b"%1.123d", b"invalid format (width or precision too long)");
    refused(b"%y", b"invalid option '%y' to 'format'");
    refused(b"%5.y", b"invalid option '%y' to 'format'");
    refused(b"%", b"invalid option '%' to 'format'");
    refused(b"%\0", b"invalid option '%' to 'format'");
    refused(b"%\xff", b"invalid option '%\xff' to 'format'");
    refused(b"%F", b"invalid option '%F' to 'format'");
    refused(b"%ld", b"invalid option '%l' to 'format'");
}
