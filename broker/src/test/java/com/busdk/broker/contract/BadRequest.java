package com.busdk.broker.contract;

import com.busdk.broker.contract.harness.Caller;
import com.busdk.broker.contract.harness.Tokens;
import com.busdk.broker.contract.harness.Wire;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Bytes that no good client sends, and the answer that they get.
 *
 * @param what for the test's name
 * @param bytes all that goes over the socket
 * @param words in the answer's message, whatever their case
 */
@SuppressWarnings("ArrayRecordComponent") // bytes that may be no text; nobody compares them
record BadRequest(String what, byte[] bytes, int status, String type, List<String> words) {
    private static final String TOKEN = Tokens.service("tester", "events:send events:listen events:admin");

    /** An envelope that is refused as a bad request. */
    static BadRequest envelope(String what, String body, String... words) {
        return envelope(what, body.getBytes(StandardCharsets.UTF_8), words);
    }

    static BadRequest envelope(String what, byte[] body, String... words) {
        return posted(what, Caller.EVENTS, body, 400, "bad_request", words);
    }

    /** A JSON body for that path, below the collection. */
    static BadRequest verb(String what, String path, String body, String... words) {
        byte[] utf8 = body.getBytes(StandardCharsets.UTF_8);
        return posted(what, Caller.EVENTS + path, utf8, 400, "bad_request", words);
    }

    static BadRequest posted(String what, String path, byte[] body, int status, String type, String... words) {
        String head = Wire.postHead(path, TOKEN, "application/json", "Content-Length: " + body.length);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(head.length() + body.length);
        bytes.writeBytes(head.getBytes(StandardCharsets.ISO_8859_1));
        bytes.writeBytes(body);
        return new BadRequest(what, bytes.toByteArray(), status, type, List.of(words));
    }

    /** A request line and headers (with a token and a host); the line without the version. */
    static BadRequest head(String what, String line, int status, String type, String... words) {
        return message(
                what,
                line + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + TOKEN + "\r\n\r\n",
                status,
                type,
                words);
    }

    /** A GET with those further header lines, each with its line end. */
    static BadRequest headers(String what, String headers, int status, String type, String... words) {
        String start = "GET " + Caller.EVENTS + "/names HTTP/1.1\r\nHost: localhost\r\n";
        return message(what, start + headers + "Authorization: Bearer " + TOKEN + "\r\n\r\n", status, type, words);
    }

    /** A publish of a good event with those further header lines. */
    static BadRequest publish(String what, String headers, String body, int status, String type, String... words) {
        String start =
                "POST " + Caller.EVENTS + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + TOKEN + "\r\n";
        return message(what, start + headers + "\r\n" + body, status, type, words);
    }

    /** Anything at all. */
    static BadRequest message(String what, String text, int status, String type, String... words) {
        return new BadRequest(what, text.getBytes(StandardCharsets.ISO_8859_1), status, type, List.of(words));
    }

    @Override
    public String toString() {
        return what;
    }
}
