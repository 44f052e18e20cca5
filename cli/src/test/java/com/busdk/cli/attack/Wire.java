package com.busdk.cli.attack;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A socket to the service, for bytes that no client library would send. One thread writes, the same or another one reads.
 */
final class Wire implements AutoCloseable {
    /** In place of a status: the service closed the connection without an answer. */
    static final int CLOSED = 0;

    /** Only a failure waits for so long. */
    static final int PATIENCE_MILLIS = 30_000;

    /** Connections to one address and port that one address can have; further ones come from the next. */
    private static final int CONNECTIONS_OF_AN_ADDRESS = 20_000;

    private final Socket socket;
    private final InputStream in;

    /** What is left of the chunk that is being read. */
    private int chunkLeft;

    private Wire(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    static Wire open(int port) throws IOException {
        return open(port, 0, 0);
    }

    /** One that takes little: behind so many bytes the service has to wait for its reader. */
    static Wire openSmall(int port, int receiveBuffer) throws IOException {
        return open(port, receiveBuffer, 0);
    }

    /** One of many. */
    static Wire openNumber(int port, int number) throws IOException {
        return open(port, 0, number / CONNECTIONS_OF_AN_ADDRESS);
    }

    private static Wire open(int port, int receiveBuffer, int address) throws IOException {
        Socket socket = new Socket();
        try {
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            if (address > 0) {
                socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0." + (1 + address)), 0));
            }
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), PATIENCE_MILLIS);
            return new Wire(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Sends text, a byte for each character. */
    boolean send(String text) {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Sends bytes; false if the service has closed the connection, whose answer may still be read. */
    boolean send(byte[] bytes) {
        try {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Says that nothing more will be sent. */
    void endOutput() throws IOException {
        socket.shutdownOutput();
    }

    /**
     * An answer.
     *
     * @param status or {@link #CLOSED}
     * @param head status line and headers as they came
     */
    record Answer(int status, String head, String body) {
        private static final Answer NONE = new Answer(CLOSED, "", "");

        /** A header's value; empty if there is none. */
        String header(String name) {
            for (String line : head.split("\r\n", -1)) {
                if (line.toLowerCase(Locale.ROOT).startsWith(name + ":")) {
                    return line.substring(name.length() + 1).strip();
                }
            }
            return "";
        }
    }

    /** Reads a whole answer that is not an interim one. Fails if it neither comes nor the connection ends. */
    Answer answer() throws IOException {
        while (true) {
            Answer head = head();
            if (head.status() == CLOSED) {
                return head;
            }
            if (head.status() >= 200) {
                return new Answer(head.status(), head.head(), body(head));
            }
        }
    }

    /** Reads status line and headers. */
    Answer head() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        try {
            for (String line = rawLine(); !line.isEmpty(); line = rawLine()) {
                head.writeBytes((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            }
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the service neither answers nor closes the connection", e);
        } catch (IOException closed) {
            return Answer.NONE;
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        if (!text.matches("(?s)HTTP/1\\.[01] [1-5][0-9][0-9] .*")) {
            throw new AssertionError("this is no answer: " + text);
        }
        return new Answer(Integer.parseInt(text.substring(9, 12)), text, "");
    }

    private String body(Answer head) throws IOException {
        if (head.header("transfer-encoding").equals("chunked")) {
            StringBuilder all = new StringBuilder();
            for (String line = line(); line != null; line = line()) {
                all.append(line).append('\n');
            }
            return all.toString();
        }
        String length = head.header("content-length");
        return length.isEmpty() ? "" : new String(in.readNBytes(Integer.parseInt(length)), StandardCharsets.UTF_8);
    }

    /** The next line of a chunked body, across chunks; null at its end. Fails if the connection ends before that. */
    String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            if (chunkLeft == 0) {
                chunkLeft = Integer.parseInt(rawLine(), 16);
                if (chunkLeft == 0) {
                    rawLine();
                    return line.size() == 0 ? null : line.toString(StandardCharsets.UTF_8);
                }
            }
            int b = readByte();
            chunkLeft--;
            if (chunkLeft == 0) {
                rawLine();
            }
            if (b == '\n') {
                return line.toString(StandardCharsets.UTF_8);
            }
            line.write(b);
        }
    }

    private String rawLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = readByte(); b != '\n'; b = readByte()) {
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    private int readByte() throws IOException {
        int b = in.read();
        if (b < 0) {
            throw new IOException("the connection is closed");
        }
        return b;
    }

    /** What comes, for those who read other things than HTTP/1. */
    InputStream input() {
        return in;
    }

    /** Reads to the end of the connection, which has to come, and gives what there was. */
    String untilClosed() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            in.transferTo(all);
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the service keeps the connection open", e);
        } catch (IOException reset) {
            // closes it as well
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    /** Ends the connection with a reset, as a machine that dies does, instead of a farewell. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
