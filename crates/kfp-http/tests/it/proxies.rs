//! Which way requests take. The hosts' names are known to the proxies only.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use crate::server::{answering, proxy, read, respond, serve, splice};
use crate::{agent, get, network};

#[test]
fn plain_http_goes_to_the_proxy_with_its_whole_url_and_its_body() {
    let (address, heads) = proxy(answering("origin"));
    let login = format!("http://ann:wonder%3Aland@{address}");
    let agent = agent(&network(&[("http_proxy", &login)]));
    let body = vec![7_u8; 300_000];
    for size in [0, 10, body.len()] {
        let mut response = agent
            .put("http://registry.test:5000/v2/x?a=b")
            .header("authorization", "Bearer own")
            .send(&body[..size])
            .unwrap();
        assert_eq!(
            response.body_mut().read_to_string().unwrap(),
            format!("origin {size}")
        );
    }
    let heads = heads.lock().unwrap();
    assert_eq!(heads.len(), 3);
    for head in heads.iter() {
        assert_eq!(head[0], "PUT http://registry.test:5000/v2/x?a=b HTTP/1.1");
        // base64 of ann:wonder:land
        for line in [
            "proxy-authorization: basic yw5uondvbmrlcjpsyw5k",
            "authorization: bearer own",
            "host: registry.test:5000",
        ] {
            let count = head.iter().filter(|one| one.to_lowercase() == line).count();
            assert_eq!(count, 1, "{line} in {head:?}");
        }
    }
}

#[test]
fn https_goes_through_a_tunnel() {
    // What is at the end of the tunnel hangs up; the tunnel was asked for.
    let (address, heads) = proxy(serve(|_| Ok(())));
    let agent = agent(&network(&[("https_proxy", &address)]));
    assert!(get(&agent, "https://registry.test/v2/").is_err());
    assert_eq!(
        heads.lock().unwrap()[0][0],
        "CONNECT registry.test:443 HTTP/1.1"
    );
}

#[test]
fn the_proxy_of_the_other_scheme_is_not_used() {
    let (address, heads) = proxy(answering("origin"));
    let agent = agent(&network(&[("HTTPS_PROXY", &address)]));
    // The system refuses a connection to this address without asking anyone.
    assert!(get(&agent, "http://255.255.255.255/").is_err());
    assert!(heads.lock().unwrap().is_empty());
}

#[test]
fn a_redirect_is_routed_by_its_own_host() {
    let direct = answering("direct");
    let port = direct.rsplit(':').next().unwrap().to_owned();
    let moved = format!("http://127.0.0.1:{port}/");
    let first = serve(move |mut stream| {
        read(&mut BufReader::new(stream.try_clone()?))?;
        write!(
            stream,
            "HTTP/1.1 302 Found\r\nLocation: {moved}\r\nContent-Length: 0\r\n\r\n"
        )
    });
    let (address, heads) = proxy(first);
    let agent = agent(&network(&[("http_proxy", &address)]));
    assert_eq!(get(&agent, "http://registry.test/").unwrap(), "direct 0");
    assert_eq!(
        heads.lock().unwrap().len(),
        1,
        "this machine is reached directly"
    );
}

#[test]
fn a_proxy_that_cannot_be_used_stops_what_would_go_through_it() {
    let direct = answering("direct");
    let agent = agent(&network(&[("http_proxy", "ftp://me:s3cret@proxy")]));
    assert_eq!(
        get(&agent, &format!("http://{direct}/")).unwrap(),
        "direct 0"
    );
    let error = get(&agent, "http://registry.test/").unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(
        shown.contains("`http_proxy` in the environment is not"),
        "{shown}"
    );
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[test]
fn a_socks_proxy_is_used() {
    let upstream = answering("origin");
    let names = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&names);
    let address = serve(move |mut client| {
        let mut greeting = [0; 2];
        client.read_exact(&mut greeting)?;
        let mut methods = vec![0; greeting[1].into()];
        client.read_exact(&mut methods)?;
        client.write_all(&[5, 0])?;
        let mut request = [0; 5];
        client.read_exact(&mut request)?;
        assert_eq!(request[..4], [5, 1, 0, 3], "a connection to a name");
        let mut name = vec![0; request[4].into()];
        client.read_exact(&mut name)?;
        let mut port = [0; 2];
        client.read_exact(&mut port)?;
        let name = String::from_utf8(name).unwrap();
        seen.lock().unwrap().push((name, u16::from_be_bytes(port)));
        client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
        splice(client, TcpStream::connect(&upstream)?)
    });
    let agent = agent(&network(&[("ALL_PROXY", &format!("socks5h://{address}"))]));
    assert_eq!(
        get(&agent, "http://registry.test:5000/").unwrap(),
        "origin 0"
    );
    assert_eq!(names.lock().unwrap()[0], ("registry.test".to_owned(), 5000));
}

#[test]
fn a_proxy_that_refuses_is_not_gone_around() {
    let address = serve(|mut stream| {
        read(&mut BufReader::new(stream.try_clone()?))?;
        write!(stream, "HTTP/1.1 407 Login\r\nContent-Length: 0\r\n\r\n")
    });
    let agent = agent(&network(&[("ALL_PROXY", &address)]));
    let response = agent.get("http://registry.test/").call().unwrap();
    assert_eq!(response.status(), 407);
    assert!(get(&agent, "https://registry.test/").is_err());
}

#[test]
fn connections_that_go_directly_are_kept() {
    let heads = Arc::new(Mutex::new(0));
    let seen = Arc::clone(&heads);
    let address = serve(move |mut stream| {
        *seen.lock().unwrap() += 1;
        let mut reader = BufReader::new(stream.try_clone()?);
        while read(&mut reader)?.0 != Vec::<String>::new() {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")?;
        }
        respond(&mut stream, "")
    });
    let agent = agent(&network(&[("ALL_PROXY", "proxy.test:1")]));
    for _ in 0..3 {
        assert_eq!(get(&agent, &format!("http://{address}/")).unwrap(), "ok");
    }
    assert_eq!(*heads.lock().unwrap(), 1);
}
