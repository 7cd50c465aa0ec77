//! The text under the scanner, and the few ways in which detectors look at it.

/// A stretch to replace. Both ends lie beside an ASCII byte or at an end of the text.
pub(super) struct Hit {
    pub start: usize,
    pub end: usize,
    pub token: &'static str,
}

pub(super) enum Step {
    Hit(Hit),
    /// Nothing here; go on at this position, which is always further ahead.
    On(usize),
}

pub(super) struct Scan<'a> {
    pub text: &'a str,
    pub bytes: &'a [u8],
    /// End of the last replacement. No detector looks behind it: what is gone must not decide anything.
    pub floor: usize,
    pub cut_links: bool,
    /// End of the URL that was met last.
    pub link_end: usize,
}

/// Bytes at which something worth hiding can be recognised.
const TRIGGER: [bool; 256] = triggers(b"0123456789%@:=>'\"+-_AGJBb");
const TRIGGER_WITH_LINKS: [bool; 256] = triggers(b"0123456789%@:=>'\"+-_AGJBb?#/");

const fn triggers(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut index = 0;
    while index < bytes.len() {
        table[bytes[index] as usize] = true;
        index += 1;
    }
    table
}

impl<'a> Scan<'a> {
    pub fn new(text: &'a str, cut_links: bool) -> Scan<'a> {
        Scan { text, bytes: text.as_bytes(), floor: 0, cut_links, link_end: 0 }
    }

    pub fn next_trigger(&self, at: usize) -> Option<usize> {
        let table = if self.cut_links { &TRIGGER_WITH_LINKS } else { &TRIGGER };
        let ahead = self.bytes.get(at..)?.iter().position(|&byte| table[usize::from(byte)])?;
        Some(at + ahead)
    }

    /// The byte here; a blank beyond the end.
    pub fn at(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b' ')
    }

    /// The byte before; a blank at the start, `]` behind a replacement.
    pub fn before(&self, at: usize) -> u8 {
        match at.checked_sub(1) {
            Some(index) if index >= self.floor => self.at(index),
            Some(_) => b']',
            None => b' ',
        }
    }

    /// What may be looked back at.
    pub fn behind(&self, at: usize) -> &'a [u8] {
        self.bytes.get(self.floor..at).unwrap_or_default()
    }

    pub fn ahead(&self, at: usize) -> &'a [u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    /// End of the run of such bytes that starts here.
    pub fn run(&self, at: usize, is: impl Fn(u8) -> bool) -> usize {
        let ahead = self.ahead(at);
        at + ahead.iter().position(|&byte| !is(byte)).unwrap_or(ahead.len())
    }

    /// Start of the run of such bytes that ends here, at most `limit` long.
    pub fn run_back(&self, at: usize, limit: usize, is: impl Fn(u8) -> bool) -> usize {
        let behind = self.behind(at);
        at - behind.iter().rev().take(limit).take_while(|&&byte| is(byte)).count()
    }

    /// Whether a word can begin here: not in the middle of one, though an escape (`%20`, `\n`) before it may look so.
    pub fn opens(&self, at: usize) -> bool {
        if !self.before(at).is_ascii_alphanumeric() {
            return true;
        }
        match self.behind(at) {
            [.., b'%', a, b] => a.is_ascii_hexdigit() && b.is_ascii_hexdigit(),
            [.., b'\\', b'n' | b'r' | b't'] => true,
            _ => false,
        }
    }

    pub fn closes(&self, at: usize) -> bool {
        !self.at(at).is_ascii_alphanumeric()
    }

    pub fn is_uuid(&self, at: usize) -> bool {
        self.at(at + 8) == b'-'
            && self.at(at + 13) == b'-'
            && self.ahead(at).get(..36).is_some_and(|uuid| {
                uuid.iter().enumerate().all(|(index, byte)| match index {
                    8 | 13 | 18 | 23 => *byte == b'-',
                    _ => byte.is_ascii_hexdigit(),
                })
            })
            && self.closes(at + 36)
    }
}

/// Letters of the alphabets in which addresses are written; ideographs next to an address are no part of it.
pub(super) fn is_letter_beyond_ascii(letter: char) -> bool {
    matches!(letter, '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{52f}') && letter.is_alphabetic()
}
