package com.busdk.gateway.auth;

import static com.busdk.gateway.auth.AuthService.USER;
import static com.busdk.gateway.auth.AuthService.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.gateway.Certificates;
import com.busdk.gateway.auth.AuthService.Reply;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One-time passwords by mail, in a real conversation with a mail server. */
class SmtpSenderTest {
    /** For all tests: a certificate takes seconds to make. */
    @TempDir
    static Path certificates;

    private Path folder;

    private Vertx vertx;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
    }

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    @Test
    void shouldMailOverTlsAsTheUserThatItIs() throws Exception {
        SSLContext tls = certificate();
        try (SmtpServer server = SmtpServer.start(SmtpServer.Manners.builder()
                        .tls(tls)
                        .login("bus", "hunter2 ü")
                        .build());
                AuthService auth = AuthService.start(
                        vertx,
                        flags(server, Map.of("smtp-username", "bus", "smtp-ca-file", file("cert.pem"))),
                        Map.of("BUS_AUTH_SMTP_PASSWORD", "hunter2 ü", "BUS_AUTH_STORE_PATH", "memory"))) {
            auth.register(USER);
            auth.requestCode(USER);

            SmtpServer.Mail mail = server.mail();
            assertTrue(mail.overTls(), "over TLS");
            assertEquals("bus", mail.user());
            assertEquals("bus@example.com", mail.from());
            assertEquals(List.of(USER), mail.to());
            Matcher code = Pattern.compile("password is (\\d{6})\\.").matcher(mail.data());
            assertTrue(code.find(), mail.data());
            assertFalse(
                    mail.data()
                            .lines()
                            .filter(line -> line.startsWith("Subject:"))
                            .anyMatch(line -> line.contains(code.group(1))),
                    "not where a locked screen shows it");
            assertEquals(
                    1,
                    mail.data().lines().filter(line -> line.startsWith("To:")).count());
            Reply verified = auth.verify(USER, code.group(1));
            assertEquals(200, verified.status());

            auth.requestCode("unknown@example.com");
            auth.requestCode(USER);
            assertEquals(List.of(USER), server.mail().to(), "nothing goes to who is not registered");
        }
    }

    @Test
    void shouldMailInTheClearWhereThereIsNoTlsAndNoPassword() throws Exception {
        try (SmtpServer server = SmtpServer.start(SmtpServer.Manners.builder().build())) {
            await(sent(server, Map.of(), Map.of()));
            SmtpServer.Mail mail = server.mail();
            assertFalse(mail.overTls());
            assertNull(mail.user());
        }
    }

    @Test
    void shouldTakeTheTlsThatIsOffered() throws Exception {
        try (SmtpServer server =
                SmtpServer.start(SmtpServer.Manners.builder().tls(certificate()).build())) {
            await(sent(server, Map.of("smtp-ca-file", file("cert.pem")), Map.of()));
            assertTrue(server.mail().overTls());
        }
    }

    @Test
    void shouldNotSendAPasswordInTheClear() throws Exception {
        try (SmtpServer server = SmtpServer.start(
                SmtpServer.Manners.builder().login("bus", "hunter2").build())) {
            assertFails(sent(server, Map.of("smtp-username", "bus"), Map.of("BUS_AUTH_SMTP_PASSWORD", "hunter2")));
            assertFalse(server.commands().contains("AUTH"), server.commands().toString());
            assertFalse(server.hasMail());
        }
    }

    @Test
    void shouldNotTalkToAServerThatNobodyVouchesFor() throws Exception {
        try (SmtpServer server = SmtpServer.start(SmtpServer.Manners.builder()
                .tls(certificate())
                .login("bus", "hunter2")
                .build())) {
            assertFails(sent(server, Map.of("smtp-username", "bus"), Map.of("BUS_AUTH_SMTP_PASSWORD", "hunter2")));
            assertFalse(server.commands().contains("AUTH"), server.commands().toString());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ip:127.0.0.1,127.0.0.1,true",
        "dns:localhost,localhost,true",
        "dns:other.example,127.0.0.1,false",
        "ip:127.0.0.9,127.0.0.1,false",
        "dns:other.example,localhost,false"
    })
    void shouldNotTalkToAServerOfAnotherName(String holder, String host, boolean talks) throws Exception {
        try (SmtpServer server = SmtpServer.start(
                SmtpServer.Manners.builder().tls(certificate(holder)).build())) {
            Future<Void> sent = sent(server, Map.of("smtp-ca-file", file("cert.pem"), "smtp-host", host), Map.of());
            if (talks) {
                await(sent);
            } else {
                assertFails(sent);
            }
            assertEquals(talks, server.hasMail());
        }
    }

    @Test
    void shouldSayThatItFailedWithoutTheAddress() throws Exception {
        try (SmtpServer server = SmtpServer.start(
                SmtpServer.Manners.builder().refuseRecipients(true).build())) {
            String message = assertFails(sent(server, Map.of(), Map.of()));
            assertTrue(message.contains("550"), message);
        }
        try (SmtpServer server = SmtpServer.start(SmtpServer.Manners.builder()
                .tls(certificate())
                .login("bus", "right")
                .build())) {
            String message = assertFails(sent(
                    server,
                    Map.of("smtp-username", "bus", "smtp-ca-file", file("cert.pem")),
                    Map.of("BUS_AUTH_SMTP_PASSWORD", "wrong-password")));
            assertFalse(message.contains("wrong-password"), message);
        }
    }

    /** A stop of the service waits for this: not for as long as a server may be silent. */
    @Test
    void shouldNotBeKeptBySilence() throws Exception {
        try (SmtpServer server =
                SmtpServer.start(SmtpServer.Manners.builder().unanswered("MAIL").build())) {
            SmtpOptions options = options(server, false, Optional.empty());
            SmtpSender sender = new SmtpSender(vertx, options, Duration.ofMillis(1));
            Future<Void> sent = sender.send(EmailAddress.parse(USER), "012345");
            server.awaitSilence();
            await(sender.close());
            assertFalse(sent.isComplete(), "it would be, had the server been waited for");
        }
    }

    @Test
    void shouldCloseInTheMiddleOfAGreeting() throws Exception {
        try (SmtpServer server =
                SmtpServer.start(SmtpServer.Manners.builder().silent(true).build())) {
            OtpSender sender = OtpSender.of(
                    vertx,
                    AuthProviderOptions.read(
                            flags(server, Map.of()), Map.of("BUS_AUTH_HS256_SECRET", AuthService.SECRET)));
            Future<Void> _ = sender.send(EmailAddress.parse(USER), "012345");
            server.awaitConnection();
            await(sender.close()); // which is no failure, though the client's is
        }
    }

    private static SmtpOptions options(SmtpServer server, boolean tlsFromStart, Optional<String> authorities) {
        return new SmtpOptions(
                "127.0.0.1", server.port(), tlsFromStart, "bus@example.com", Optional.empty(), authorities);
    }

    /** As at port 465, which a test does not get. */
    @ParameterizedTest
    @CsvSource({"ip:127.0.0.1,true", "ip:127.0.0.9,false"})
    void shouldSpeakTlsFromTheStart(String holder, boolean talks) throws Exception {
        try (SmtpServer server = SmtpServer.start(SmtpServer.Manners.builder()
                .tls(certificate(holder))
                .tlsFromStart(true)
                .build())) {
            Optional<String> authorities = Optional.of(Files.readString(Path.of(file("cert.pem"))));
            SmtpSender sender = new SmtpSender(vertx, options(server, true, authorities));
            Future<Void> sent = sender.send(EmailAddress.parse(USER), "012345").eventually(sender::close);
            if (talks) {
                await(sent);
                assertTrue(server.mail().overTls());
            } else {
                assertFails(sent);
                // The server may have seen by now that the connection is gone.
                List<String> said = server.commands().stream()
                        .filter(command -> !command.equals(SmtpServer.LOST))
                        .toList();
                assertEquals(List.of(), said, "nothing is said to another");
            }
            assertFalse(
                    server.commands().contains("STARTTLS"), server.commands().toString());
        }
    }

    @Test
    void shouldNotSpeakInTheClearWithAServerThatIsToSpeakTlsFromTheStart() throws Exception {
        try (SmtpServer server = SmtpServer.start(SmtpServer.Manners.builder().build())) {
            SmtpSender sender = new SmtpSender(vertx, options(server, true, Optional.empty()));
            assertFails(sender.send(EmailAddress.parse(USER), "012345").eventually(sender::close));
            assertFalse(server.hasMail());
        }
    }

    @Test
    void shouldMailFromANameAtThisMachine() throws Exception {
        try (SmtpServer server = SmtpServer.start(SmtpServer.Manners.builder().build())) {
            await(sent(server, Map.of("smtp-from", "\"Bus, of Müller\" <noreply@localhost>"), Map.of()));
            SmtpServer.Mail mail = server.mail();
            assertEquals("noreply@localhost", mail.from());
            List<String> from =
                    mail.data().lines().filter(line -> line.startsWith("From:")).toList();
            assertEquals(1, from.size(), mail.data());
            assertTrue(from.getFirst().contains("noreply@localhost"), from.getFirst());
            assertTrue(from.getFirst().contains("Bus"), from.getFirst());
        }
    }

    /** What is behind a comma would be another address, and most servers take no mail from two. */
    @Test
    void shouldMailFromOneAddressWhateverIsInItsName() throws Exception {
        try (SmtpServer server = SmtpServer.start(SmtpServer.Manners.builder().build())) {
            await(sent(server, Map.of("smtp-from", "\"Bus, of Example\" <bus@example.com>"), Map.of()));
            SmtpServer.Mail mail = server.mail();
            assertEquals("bus@example.com", mail.from());
            List<String> from =
                    mail.data().lines().filter(line -> line.startsWith("From:")).toList();
            assertEquals(List.of("From: \"Bus, of Example\" <bus@example.com>"), from, mail.data());
        }
    }

    /** Whoever is served next on the service's loop is not to wait for a mail, which only goes to who is registered. */
    @Test
    void shouldTalkToTheMailServerOnNoLoopOfTheService() throws Exception {
        Vertx service = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        try (SmtpServer server = SmtpServer.start(SmtpServer.Manners.builder().build())) {
            AuthProviderOptions options = AuthProviderOptions.read(
                    flags(server, Map.of()), Map.of("BUS_AUTH_HS256_SECRET", AuthService.SECRET));
            Promise<OtpSender> made = Promise.promise();
            Promise<SmtpServer.Mail> arrived = Promise.promise();
            service.runOnContext(_ -> {
                OtpSender sender = OtpSender.of(service, options);
                made.complete(sender);
                Future<Void> _ = sender.send(EmailAddress.parse(USER), "012345");
                try {
                    arrived.complete(server.mail()); // while its loop does nothing else
                } catch (InterruptedException | AssertionError e) {
                    arrived.fail(e);
                }
            });
            assertEquals(List.of(USER), await(arrived.future()).to());
            await(await(made.future()).close());
        } finally {
            await(service.close());
        }
    }

    private static String assertFails(Future<?> sent) throws Exception {
        Throwable failure = await(sent.transform(done -> Future.succeededFuture(done.cause())));
        assertTrue(failure != null, "it was sent");
        assertFalse(String.valueOf(failure.getMessage()).contains(USER), failure.getMessage());
        return String.valueOf(failure.getMessage());
    }

    private Future<Void> sent(SmtpServer server, Map<String, String> flags, Map<String, String> environment) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("BUS_AUTH_HS256_SECRET", AuthService.SECRET);
        OtpSender sender = OtpSender.of(vertx, AuthProviderOptions.read(flags(server, flags), all));
        return sender.send(EmailAddress.parse(USER), "012345").eventually(sender::close);
    }

    private static Map<String, String> flags(SmtpServer server, Map<String, String> more) {
        Map<String, String> flags = new HashMap<>(Map.of(
                "otp-sender", "smtp",
                "smtp-host", "127.0.0.1",
                "smtp-port", Integer.toString(server.port()),
                "smtp-from", "Bus@example.com"));
        flags.putAll(more);
        return flags;
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    /** A certificate for 127.0.0.1, whose chain is written to cert.pem. */
    private SSLContext certificate() throws Exception {
        return certificate("ip:127.0.0.1");
    }

    private SSLContext certificate(String holder) throws Exception {
        String name = "mail";
        folder = certificates.resolve(holder.replace(':', '-'));
        if (!Files.isDirectory(folder)) {
            Files.createDirectory(folder);
            Certificates.write(folder, name, holder);
        }
        KeyStore keys = KeyStore.getInstance(folder.resolve(name + ".p12").toFile(), "changeit".toCharArray());
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, "changeit".toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }
}
