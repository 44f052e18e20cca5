package com.busdk.cli.attack;

/** Requests of HTTP/1.1 as text. */
final class Requests {
    static final String EVENTS = "/api/v1/events";
    static final String JSON = "application/json";
    static final String LINES = "application/x-ndjson";

    private Requests() {}

    /** A request without a token and a body. */
    static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }

    static String get(String path, String token) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n\r\n";
    }

    /** The head of a POST, with those headers, each with its line end. */
    static String postHead(String path, String token, String type, String headers) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\nContent-Type: "
                + type + "\r\n" + headers + "\r\n";
    }

    /** A whole POST of an ASCII body. */
    static String post(String path, String token, String type, String body) {
        return postHead(path, token, type, "Content-Length: " + body.length() + "\r\n") + body;
    }

    /** A whole request that publishes one event. */
    static String publish(String token, String name, String payload) {
        return post(EVENTS, token, JSON, "{\"name\":\"" + name + "\",\"payload\":" + payload + "}");
    }

    /** One chunk of a chunked body of ASCII. */
    static String chunk(String text) {
        return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
    }
}
