//! QR codes as PNG data URIs.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use qrcode::{Color, EcLevel, QrCode};

/// Pixels per module, and modules of white around the code.
const SCALE: usize = 10;
const MARGIN: usize = 4;

/// The QR code of some bytes as `data:image/png;base64,...`; `None` when they are too many for a code.
pub fn qr_png(content: &[u8]) -> Option<String> {
    let code = QrCode::with_error_correction_level(content, EcLevel::L).ok()?;
    let modules = code.width();
    let side = (modules + 2 * MARGIN) * SCALE;
    let mut pixels = vec![0xff_u8; side * side];
    for (at, _) in code.to_colors().iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
        let (left, top) = ((at % modules + MARGIN) * SCALE, (at / modules + MARGIN) * SCALE);
        for row in top..top + SCALE {
            pixels[row * side + left..row * side + left + SCALE].fill(0);
        }
    }
    let mut png = Vec::new();
    let size = u32::try_from(side).ok()?;
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::NoFilter);
    encoder.write_image(&pixels, size, size, ExtendedColorType::L8).ok()?;
    Some(format!("data:image/png;base64,{}", data_encoding::BASE64.encode(&png)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn draws_what_fits() {
        let uri = super::qr_png(b"otpauth://totp/x?secret=ABC").unwrap();
        let png = data_encoding::BASE64.decode(uri.strip_prefix("data:image/png;base64,").unwrap().as_bytes()).unwrap();
        assert!(png.starts_with(b"\x89PNG"));
        let picture = image::load_from_memory(&png).unwrap().into_luma8();
        assert_eq!(picture.get_pixel(0, 0).0, [0xff]);
        assert_eq!(picture.get_pixel(45, 45).0, [0]);
        assert!(super::qr_png(&[b'x'; 4000]).is_none());
    }
}
