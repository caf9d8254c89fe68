//! The guarded way against servers that misbehave.

use std::time::Duration;

use ldap3::Scope;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::*;
use crate::resolvers::ldap::connection::{Ask, Connection, Unfound};

const PATIENCE: Duration = Duration::from_millis(700);

/// A connection, and the server's end of it.
async fn connection() -> (Connection, DuplexStream) {
    let (server, client) = duplex(1 << 16);
    let (ldap, tasks) = join(client).await.unwrap();
    (Connection::new(ldap, tasks, PATIENCE), server)
}

fn ask() -> Ask {
    Ask { base: "dc=x".into(), scope: Scope::Subtree, filter: "(a=b)".into(), attributes: vec!["a".into()], most: 3 }
}

/// Answers every request with the bytes; the third byte of a request that counts from 1 is its number.
async fn answers_with(mut server: DuplexStream, answer: impl Fn(u8) -> Vec<u8> + Send + 'static) {
    let mut buffer = [0; 4096];
    while let Ok(n @ 1..) = server.read(&mut buffer).await {
        let number = buffer[..n].windows(3).find(|w| w[..2] == [2, 1]).map_or(1, |w| w[2]);
        if server.write_all(&answer(number)).await.is_err() {
            break;
        }
    }
}

fn done(number: u8, tag: u8, code: u8) -> Vec<u8> {
    vec![0x30, 12, 2, 1, number, tag, 7, 0x0a, 1, code, 4, 0, 4, 0]
}

async fn outcome(answer: impl Fn(u8) -> Vec<u8> + Send + 'static) -> (Result<usize, String>, Result<u32, String>) {
    let (mut one, server) = connection().await;
    let answering = tokio::spawn(answers_with(server, answer));
    let found = match one.search(&ask()).await {
        Ok(found) => Ok(found.records.len()),
        Err(Unfound::Broken(e)) => Err(e.0),
        Err(Unfound::Refused(said)) => Err(said.words()),
    };
    let bound = one.bind("cn=a", "b").await.map(|said| said.code).map_err(|e| e.0);
    drop(one);
    answering.await.unwrap();
    (found, bound)
}

#[tokio::test]
async fn a_sound_server() {
    let (found, bound) = outcome(|n| done(n, if n == 1 { 0x65 } else { 0x61 }, 0)).await;
    assert_eq!((found, bound), (Ok(0), Ok(0)));
}

#[tokio::test]
async fn answers_to_something_else_end_the_connection() {
    let closed = || Err("the connection was closed".to_owned());
    // A bind is answered with a search result, a search with the result of a bind.
    let (found, _) = outcome(|n| done(n, 0x61, 0)).await;
    assert_eq!(found, closed());
    let (found, bound) = outcome(|n| done(n, 0x65, 0)).await;
    assert_eq!((found, bound.is_err()), (Ok(0), true));
    // Notice of disconnection.
    assert_eq!(outcome(|_| done(0, 0x78, 52)).await.0, closed());
    // Not LDAP at all.
    assert_eq!(outcome(|_| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()).await.0, closed());
    // Nested without end: what would exhaust the stack of a reader.
    assert_eq!(outcome(|_| [&[0x30, 0x83, 1, 0, 0][..], &[0x30, 0x80].repeat(0x8000)].concat()).await.0, closed());
}

#[tokio::test]
async fn silence_ends_in_time() {
    let (mut one, server) = connection().await;
    let started = kernel::clock::Stopwatch::start();
    assert!(matches!(one.search(&ask()).await, Err(Unfound::Broken(e)) if e.0 == "no answer in time"));
    assert!(started.elapsed() < PATIENCE * 3);
    drop(server);
}

#[tokio::test]
async fn answers_to_other_numbers_are_dropped() {
    let (found, _) = outcome(|n| [done(n + 50, 0x65, 0), done(n, if n == 1 { 0x65 } else { 0x61 }, 0)].concat()).await;
    assert_eq!(found, Ok(0));
}

#[tokio::test]
async fn more_than_was_asked_for_is_not_read_to_the_end() {
    let entry = |n: u8| vec![0x30, 13, 2, 1, n, 0x64, 8, 4, 4, b'u', b'=', b'a', b'b', 0x30, 0];
    let (found, _) = outcome(move |n| entry(n).repeat(50)).await;
    assert_eq!(found, Ok(3));
}

fn long(tag: u8, body: &[u8]) -> Vec<u8> {
    let len = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[tag, 0x84][..], &len, body].concat()
}

#[tokio::test]
async fn a_flood_ends_the_connection() {
    let (mut one, mut server) = connection().await;
    let flood = tokio::spawn(async move {
        let mut buffer = [0; 4096];
        let _ = server.read(&mut buffer).await;
        // References are collected up to a number, but nothing says how many a server sends.
        let reference = long(0x30, &[&[2, 1, 1][..], &long(0x73, &long(4, &[b'x'; 0xffff]))].concat());
        let mut sent = 0usize;
        while server.write_all(&reference).await.is_ok() {
            sent += reference.len();
        }
        sent
    });
    assert!(matches!(one.search(&Ask { most: 1_000_000, ..ask() }).await, Err(Unfound::Broken(_))));
    drop(one);
    let sent = flood.await.unwrap();
    assert!((MAX_ANSWER..MAX_ANSWER + (4 << 20)).contains(&sent), "{sent}");
}
