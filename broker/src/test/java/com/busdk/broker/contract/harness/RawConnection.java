package com.busdk.broker.contract.harness;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A socket to the service, for bytes that no client library would send. */
public final class RawConnection implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    private RawConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    static RawConnection open(int port, int receiveBuffer) {
        try {
            Socket socket = new Socket();
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) Deadline.PATIENCE.toMillis());
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return new RawConnection(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends text as UTF-8. */
    public RawConnection send(String text) {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends bytes; that the peer has hung up meanwhile is no failure, since its answer can still be read. */
    public RawConnection send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        } catch (IOException e) {
            // the peer has closed: what it had to say is in the receive buffer
        }
        return this;
    }

    /** Says that nothing more will be sent. */
    public void endOutput() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads one whole answer that is not an interim one. */
    public Answer answer() {
        while (true) {
            Answer answer = answerOfAnyKind();
            if (answer.status() >= 200) {
                return answer;
            }
        }
    }

    /** Reads one whole answer, which may be an interim one. */
    public Answer answerOfAnyKind() {
        Answer head = head();
        try {
            return new Answer(head.status(), head.headers(), body(head));
        } catch (IOException e) {
            return fail("the answer broke off: " + e, e);
        }
    }

    /** Reads status line and headers only. */
    public Answer head() {
        try {
            String status = line();
            if (!status.startsWith("HTTP/1.1 ") && !status.startsWith("HTTP/1.0 ")) {
                return fail("no status line: " + status);
            }
            Map<String, List<String>> headers = new HashMap<>();
            for (String line = line(); !line.isEmpty(); line = line()) {
                int colon = line.indexOf(':');
                headers.computeIfAbsent(line.substring(0, colon).toLowerCase(Locale.ROOT), key -> new ArrayList<>())
                        .add(line.substring(colon + 1).strip());
            }
            return new Answer(Integer.parseInt(status.substring(9, 12)), headers, "");
        } catch (IOException e) {
            return fail("no answer came: " + e, e);
        }
    }

    /** Reads one chunk of a chunked body; empty at its end. */
    public String chunk() {
        try {
            return new String(chunkBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return fail("the body broke off: " + e, e);
        }
    }

    /** Waits until the peer has closed, and takes what it still sends. */
    public void untilClosed() {
        try {
            in.transferTo(java.io.OutputStream.nullOutputStream());
        } catch (java.net.SocketTimeoutException e) {
            fail("the service kept the connection open");
        } catch (IOException e) {
            // a reset closes it as well
        }
    }

    /** Whether the service answers 200 rather than to close. */
    public boolean answeredRatherThanClosed() {
        try {
            return line().startsWith("HTTP/1.1 200");
        } catch (IOException e) {
            return false;
        }
    }

    /** Reads exactly so many bytes. */
    public byte[] bytes(int count) {
        try {
            byte[] bytes = in.readNBytes(count);
            return bytes.length == count ? bytes : fail("the connection was closed after " + bytes.length + " bytes");
        } catch (IOException e) {
            return fail("no bytes came: " + e, e);
        }
    }

    /** Ends the connection with a reset, as a machine that dies does, instead of a farewell. */
    public void reset() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String body(Answer head) throws IOException {
        if (head.status() < 200 || head.status() == 204 || head.status() == 304) {
            return "";
        }
        if (head.header("transfer-encoding").orElse("").equals("chunked")) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (byte[] chunk = chunkBytes(); chunk.length > 0; chunk = chunkBytes()) {
                all.write(chunk);
            }
            return all.toString(StandardCharsets.UTF_8);
        }
        if (head.header("content-length").isPresent()) {
            int length = Integer.parseInt(head.header("content-length").orElseThrow());
            return new String(in.readNBytes(length), StandardCharsets.UTF_8);
        }
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    private byte[] chunkBytes() throws IOException {
        int length = Integer.parseInt(line(), 16);
        byte[] chunk = in.readNBytes(length);
        line();
        return chunk;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int b;
        while ((b = in.read()) != '\n') {
            if (b < 0) {
                throw new IOException("the connection is closed" + (line.size() == 0 ? "" : " behind: " + line));
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }
}
