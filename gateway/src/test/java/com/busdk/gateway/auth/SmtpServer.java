package com.busdk.gateway.auth;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A mail server that speaks SMTP (RFC 5321) with STARTTLS (RFC 3207) and AUTH PLAIN (RFC 4954) as far as a client that
 * submits mail needs it, and keeps what it gets. Each connection on a virtual thread of its own.
 */
final class SmtpServer implements AutoCloseable {
    /** Stands among the commands for a connection that broke off. */
    static final String LOST = "(lost)";

    private static final int PATIENCE_SECONDS = 60;

    private final ServerSocket socket;
    private final Manners manners;
    private final LinkedBlockingQueue<Mail> mails = new LinkedBlockingQueue<>();
    private final ConcurrentLinkedQueue<Socket> connections = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> commands = new ConcurrentLinkedQueue<>();
    private final CountDownLatch connected = new CountDownLatch(1);
    private final CountDownLatch fallenSilent = new CountDownLatch(1);

    /** A mail as it came, and how. */
    record Mail(String from, List<String> to, String data, boolean overTls, String user) {}

    /** How it behaves. */
    record Manners(
            SSLContext tls,
            String user,
            String password,
            boolean silent,
            boolean refuseRecipients,
            CountDownLatch held,
            String unanswered,
            boolean tlsFromStart) {
        static Builder builder() {
            return new Builder();
        }

        static final class Builder {
            private SSLContext tls;
            private String user;
            private String password;
            private boolean silent;
            private boolean refuseRecipients;
            private CountDownLatch held = new CountDownLatch(0);
            private String unanswered = "";
            private boolean tlsFromStart;

            /** Offers STARTTLS. */
            Builder tls(SSLContext context) {
                tls = context;
                return this;
            }

            /** Offers AUTH, and takes no mail without it. */
            Builder login(String name, String word) {
                user = name;
                password = word;
                return this;
            }

            /** Accepts connections and never says a word. */
            Builder silent(boolean is) {
                silent = is;
                return this;
            }

            /** Knows nobody. */
            Builder refuseRecipients(boolean is) {
                refuseRecipients = is;
                return this;
            }

            /** Accepts connections, and says nothing until it is let go. */
            Builder held(CountDownLatch until) {
                held = until;
                return this;
            }

            /** Takes that command, and never says a word again. */
            Builder unanswered(String command) {
                unanswered = command;
                return this;
            }

            /** Speaks TLS before anything is said (RFC 8314), and does not offer STARTTLS. */
            Builder tlsFromStart(boolean is) {
                tlsFromStart = is;
                return this;
            }

            Manners build() {
                return new Manners(tls, user, password, silent, refuseRecipients, held, unanswered, tlsFromStart);
            }
        }
    }

    private SmtpServer(ServerSocket socket, Manners manners) {
        this.socket = socket;
        this.manners = manners;
    }

    static SmtpServer start(Manners manners) throws IOException {
        SmtpServer server = new SmtpServer(new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1")), manners);
        Thread.ofVirtual().start(server::accept);
        return server;
    }

    int port() {
        return socket.getLocalPort();
    }

    /** The next mail. */
    Mail mail() throws InterruptedException {
        Mail mail = mails.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (mail == null) {
            throw new AssertionError("no mail came; what was said: " + commands);
        }
        return mail;
    }

    /** Whether there is a mail that nobody has taken. */
    boolean hasMail() {
        return !mails.isEmpty();
    }

    /** The words that clients began their lines with. */
    List<String> commands() {
        return List.copyOf(commands);
    }

    void awaitConnection() throws InterruptedException {
        await(connected, "nobody connected");
    }

    /** Waits until the command that is never answered has come. */
    void awaitSilence() throws InterruptedException {
        await(fallenSilent, "the command never came");
    }

    private static void await(CountDownLatch latch, String otherwise) throws InterruptedException {
        if (!latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError(otherwise);
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket connection = socket.accept();
                connections.add(connection);
                connected.countDown();
                if (!manners.silent()) {
                    Thread.ofVirtual().start(() -> converse(connection));
                }
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void converse(Socket connection) {
        try {
            manners.held().await();
            new Conversation(connection).run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            commands.add(LOST);
        }
    }

    /** One connection. */
    private final class Conversation {
        private Socket connection;
        private BufferedReader in;
        private OutputStream out;
        private boolean overTls;
        private String user;
        private String from = "";
        private List<String> to = new ArrayList<>();

        Conversation(Socket connection) throws IOException {
            use(connection);
        }

        private void use(Socket next) throws IOException {
            connection = next;
            in = new BufferedReader(new InputStreamReader(next.getInputStream(), StandardCharsets.UTF_8));
            out = next.getOutputStream();
        }

        private void say(String... lines) throws IOException {
            for (String line : lines) {
                out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
            }
            out.flush();
        }

        void run() throws IOException {
            if (manners.tlsFromStart()) {
                secure();
            }
            say("220 mail.test ESMTP");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String word = line.split("[ :]", 2)[0].toUpperCase(Locale.ROOT);
                commands.add(word);
                if (word.equals(manners.unanswered())) {
                    fallenSilent.countDown();
                } else if (!answer(word, line)) {
                    break;
                }
            }
            connection.close();
        }

        private boolean answer(String word, String line) throws IOException {
            boolean mayMail = manners.user() == null || user != null;
            switch (word) {
                case "EHLO" -> greet();
                case "HELO" -> say("250 mail.test");
                case "STARTTLS" -> startTls();
                case "AUTH" -> logIn(line);
                case "MAIL" -> {
                    from = line.substring(line.indexOf('<') + 1, line.indexOf('>'));
                    to = new ArrayList<>();
                    say(mayMail ? "250 OK" : "530 5.7.0 Authentication required");
                }
                case "RCPT" -> {
                    String address = line.substring(line.indexOf('<') + 1, line.indexOf('>'));
                    to.add(address);
                    say(manners.refuseRecipients() ? "550 5.1.1 no such user " + address : "250 OK");
                }
                case "DATA" -> data();
                case "QUIT" -> {
                    say("221 bye");
                    return false;
                }
                default -> say("250 OK");
            }
            return true;
        }

        private void greet() throws IOException {
            List<String> lines = new ArrayList<>(List.of("250-mail.test", "250-8BITMIME"));
            if (manners.tls() != null && !overTls) {
                lines.add("250-STARTTLS");
            }
            if (manners.user() != null && (overTls || manners.tls() == null)) {
                lines.add("250-AUTH PLAIN");
            }
            lines.add("250 SIZE 1000000");
            say(lines.toArray(String[]::new));
        }

        private void startTls() throws IOException {
            if (manners.tls() == null) {
                say("502 not here");
                return;
            }
            say("220 go ahead");
            secure();
        }

        private void secure() throws IOException {
            SSLSocket secure = (SSLSocket) manners.tls()
                    .getSocketFactory()
                    .createSocket(connection, connection.getInetAddress().getHostAddress(), connection.getPort(), true);
            secure.setUseClientMode(false);
            secure.startHandshake();
            overTls = true;
            use(secure);
        }

        private void logIn(String line) throws IOException {
            String[] words = line.split(" ", -1);
            String given = words.length > 2 ? words[2] : null;
            if (given == null) {
                say("334 ");
                given = in.readLine();
            }
            String[] parts = new String(Base64.getDecoder().decode(given), StandardCharsets.UTF_8).split("\0", -1);
            if (parts.length == 3 && parts[1].equals(manners.user()) && parts[2].equals(manners.password())) {
                user = parts[1];
                say("235 2.7.0 welcome");
            } else {
                say("535 5.7.8 credentials invalid");
            }
        }

        private void data() throws IOException {
            say("354 end with a dot");
            StringBuilder data = new StringBuilder();
            for (String line = in.readLine(); line != null && !line.equals("."); line = in.readLine()) {
                data.append(line.startsWith(".") ? line.substring(1) : line).append('\n');
            }
            mails.add(new Mail(from, List.copyOf(to), data.toString(), overTls, user));
            say("250 2.0.0 taken");
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket connection : connections) {
            connection.close();
        }
    }
}
