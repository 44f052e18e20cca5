package com.busdk.broker.contract.harness;

import java.nio.charset.StandardCharsets;

/** Requests as they go over a socket. */
public final class Wire {
    private Wire() {}

    /** A request without a body. */
    public static String get(String path, String token) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n\r\n";
    }

    /** A whole POST of an ASCII body. */
    public static String post(String path, String token, String type, String body) {
        return postHead(path, token, type, "Content-Length: " + body.length()) + body;
    }

    /** The head of a POST, with that header to say how long the body is. */
    public static String postHead(String path, String token, String type, String length) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\nContent-Type: "
                + type + "\r\n" + length + "\r\n\r\n";
    }

    /** One chunk of a chunked body. */
    public static byte[] chunk(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        byte[] head = (Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] chunk = new byte[head.length + bytes.length + 2];
        System.arraycopy(head, 0, chunk, 0, head.length);
        System.arraycopy(bytes, 0, chunk, head.length, bytes.length);
        chunk[chunk.length - 2] = '\r';
        chunk[chunk.length - 1] = '\n';
        return chunk;
    }
}
