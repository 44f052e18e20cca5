package com.busdk.broker.http;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A connection on which a test says exactly what it wants to. */
final class RawConnection implements AutoCloseable {
    /** Longer than any answer takes on a machine that is busy. */
    private static final int PATIENCE_MILLIS = 30_000;

    private static final long POLL_NANOS = 20_000_000;

    private final Socket socket;
    private final InputStream in;

    RawConnection(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    void send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }

    /** Sends as much as the service takes; that it has hung up meanwhile is no failure. */
    void sendAll(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        } catch (IOException closed) {
            // what it had to say can still be read
        }
    }

    /** Says that nothing more will be sent. */
    void endOutput() throws IOException {
        if (!socket.isClosed() && !socket.isOutputShutdown()) {
            try {
                socket.shutdownOutput();
            } catch (SocketException closed) {
                // by the service, already
            }
        }
    }

    /** Sends a byte now and then, until the service closes the connection or so much time has passed; whether it did. */
    boolean isClosedWhileDripping(long pauseMillis, long mostMillis) throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(mostMillis);
        socket.setSoTimeout((int) pauseMillis);
        while (System.nanoTime() < end) {
            try {
                if (in.read() < 0) {
                    return true;
                }
            } catch (SocketTimeoutException silent) {
                sendAll(new byte[] {'x'});
            } catch (IOException reset) {
                return true;
            }
        }
        return false;
    }

    /** Whether the service closes the connection within that time, in which it has nothing else to say. */
    boolean isClosedWithin(long millis) throws IOException {
        socket.setSoTimeout((int) millis);
        try {
            return in.read() < 0;
        } catch (SocketTimeoutException open) {
            return false;
        } finally {
            socket.setSoTimeout(PATIENCE_MILLIS);
        }
    }

    /** Sends on until the service has closed the connection, without reading what it says. */
    void sendUntilClosed() {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        try {
            while (System.nanoTime() < end) {
                socket.getOutputStream().write(' ');
                LockSupport.parkNanos(POLL_NANOS);
            }
        } catch (IOException closed) {
            return;
        }
        fail("the service keeps the connection open");
    }

    /** Whether something has come that has not been read. */
    boolean isAnswered() throws IOException {
        return in.available() > 0;
    }

    /** The head of the next answer, with its empty line. */
    String head() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("closed after " + head);
            }
            head.write(b);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    /** The next answer whole, which has a Content-Length. */
    String answer() throws IOException {
        String head = head();
        int length = 0;
        for (String line : head.split("\r\n", -1)) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
            }
        }
        return head + new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    /** The next line of a body that comes in chunks, without the chunks' own lines. */
    String chunkLine() throws IOException {
        String line = rawLine();
        while (line.isEmpty() || line.matches("[0-9a-fA-F]*\r")) {
            line = rawLine();
        }
        return line;
    }

    private String rawLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int b = in.read();
        while (b >= 0 && b != '\n') {
            line.write(b);
            b = in.read();
        }
        if (b < 0) {
            throw new IOException("closed after " + line);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    /** Reads all that still comes until the service closes the connection. */
    String rest() throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    /** The same, also where it ends with a reset. */
    String restOrReset() throws IOException {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        try {
            in.transferTo(rest);
        } catch (SocketException reset) {
            // the end as well
        }
        return rest.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
