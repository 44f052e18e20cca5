package com.busdk.gateway.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.auth.Scopes;
import com.busdk.client.config.ConfigException;
import com.busdk.client.sql.DatabaseLocation;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthProviderOptionsTest {
    private static final Map<String, String> WITH_SECRET =
            Map.of("BUS_AUTH_HS256_SECRET", AuthService.SECRET, "XDG_STATE_HOME", "/var/state");

    @TempDir
    Path folder;

    private static Map<String, String> with(String... more) {
        Map<String, String> all = new HashMap<>(WITH_SECRET);
        for (int i = 0; i < more.length; i += 2) {
            all.put(more[i], more[i + 1]);
        }
        return all;
    }

    @Test
    void shouldHaveTheDefaultsOfTheContract() {
        AuthProviderOptions options = AuthProviderOptions.read(Map.of(), WITH_SECRET);

        assertEquals("127.0.0.1:8087", options.address().toString());
        assertEquals("sqlite:/var/state/bus/auth/auth.db", options.store().toString());
        assertEquals(OtpSender.Kind.CONSOLE, options.sender());
        assertEquals(Optional.empty(), options.internalKey());
        assertEquals(Duration.ofMinutes(10), options.lives().internalToken());
        assertEquals(Scopes.parse(AuthProviderOptions.DEFAULT_USER_SCOPES), options.userScopes());
        assertFalse(options.userScopes().has("container:admin"));
    }

    @Test
    void shouldReadTheVariablesOfTheContract() {
        AuthProviderOptions options = AuthProviderOptions.read(
                Map.of(),
                with(
                        "BUS_AUTH_API_USER_SCOPES", "vm:read llm:proxy",
                        "BUS_AUTH_INTERNAL_SHARED_KEY", "0123456789abcdef",
                        "BUS_AUTH_INTERNAL_TOKEN_TTL_SECONDS", "60",
                        "BUS_AUTH_OTP_SENDER", "smtp",
                        "BUS_AUTH_SMTP_HOST", "mail.example.com",
                        "BUS_AUTH_SMTP_PORT", "465",
                        "BUS_AUTH_SMTP_FROM", "bus@example.com",
                        "BUS_AUTH_SMTP_USERNAME", "bus",
                        "BUS_AUTH_SMTP_PASSWORD", "hunter2",
                        "BUS_AUTH_STORE_PATH", "/data/auth.db"));

        assertEquals("vm:read llm:proxy", options.userScopes().toString());
        assertEquals(Duration.ofMinutes(1), options.lives().internalToken());
        assertEquals(
                new SmtpOptions(
                        "mail.example.com",
                        465,
                        true,
                        "bus@example.com",
                        Optional.of(new SmtpOptions.Credentials("bus", "hunter2")),
                        Optional.empty()),
                options.smtp().orElseThrow());
        assertEquals("sqlite:/data/auth.db", options.store().toString());
        assertEquals(
                "vm:write",
                AuthProviderOptions.read(Map.of(), with("BUS_AUTH_API_USER_RESOURCES", "vm:write"))
                        .userScopes()
                        .toString());
    }

    @Test
    void shouldTakeAPostgresDatabaseFromItsVariableOnly() {
        String dsn = "postgres://bus:hunter2@db.example/bus";
        AuthProviderOptions options = AuthProviderOptions.read(Map.of(), with("BUS_AUTH_POSTGRES_DSN", dsn));
        assertEquals(DatabaseLocation.parse(dsn), options.store());
        refused(Map.of("store-path", dsn), WITH_SECRET, "BUS_AUTH_POSTGRES_DSN");
        refused(Map.of(), with("BUS_AUTH_POSTGRES_DSN", "auth.db"), "BUS_AUTH_POSTGRES_DSN");
        refused(Map.of(), with("BUS_AUTH_POSTGRES_DSN", "postgres://bus:hunter2@/bus"), "BUS_AUTH_POSTGRES_DSN");
        refused(Map.of("store-path", "a.db"), with("BUS_AUTH_POSTGRES_DSN", dsn), "--store-path");
    }

    @Test
    void shouldRefuseToSignWithNothingOrWithWhatIsGuessed() {
        refused(Map.of(), Map.of(), "--signing-key");
        for (String address : List.of("0.0.0.0:8087", "127.0.0.1:8087")) {
            Map<String, String> flags = Map.of("addr", address);
            refused(flags, Map.of("BUS_AUTH_HS256_SECRET", "short"), "BUS_AUTH_HS256_SECRET");
            refused(flags, Map.of("BUS_API_JWT_SECRET", "x".repeat(31)), "BUS_API_JWT_SECRET: ");
        }
        AuthProviderOptions.read(Map.of(), Map.of("BUS_AUTH_HS256_SECRET", "base64:" + "A".repeat(44)));
    }

    /** The events service of {@code bus up} takes one with a warning. */
    @Test
    void shouldTakeAShortSecretForAStackOnThisMachineAlone() {
        Map<String, String> weak = Map.of("BUS_API_JWT_SECRET", "short");
        AuthProviderOptions.readLocal(Map.of(), weak); // with a warning at the start
        ConfigException e = assertThrows(
                ConfigException.class, () -> AuthProviderOptions.readLocal(Map.of("addr", "0.0.0.0:8087"), weak));
        assertEquals("BUS_API_JWT_SECRET", e.option());
    }

    @Test
    void shouldNameTheKeyFileThatCannotBeUsed() throws Exception {
        Path file = Files.writeString(folder.resolve("key.pem"), "nothing");
        refused(Map.of("signing-key", file.toString()), Map.of(), "key.pem: there is no key");
        refused(Map.of("signing-key", folder.resolve("gone").toString()), Map.of(), "gone");
        refused(Map.of("verification-key", folder.toString()), WITH_SECRET, "key.pem");
    }

    @ParameterizedTest
    @CsvSource({
        "addr,8087",
        "otp-sender,pigeon",
        "otp-sender,smtp",
        "api-token-ttl,25h",
        "api-token-ttl,0",
        "session-ttl,0s",
        "session-max,1h",
        "internal-token-ttl-seconds,86401",
        "internal-token-ttl-seconds,0",
        "trusted-proxies,gateway.example",
        "trusted-proxies,10.0.0.0/33",
        "trusted-proxies,10.0.0.0/",
        "trusted-proxies,10.0.0.0/-1",
        "trusted-proxies,2001:db8::/129",
        "register-limit,0",
        "code-limit,-1",
        "verify-limit,many",
        "keep-old-keys,perhaps",
        "api-user-scopes,a\"b",
        "internal-key-file,/nowhere",
        "smtp-port,0",
        "adr,127.0.0.1:1"
    })
    void shouldRefuse(String flag, String value) {
        Map<String, String> flags = new HashMap<>(Map.of(flag, value));
        if (flag.startsWith("smtp-")) {
            flags.putAll(Map.of("smtp-host", "mail.example", "smtp-from", "bus@example.com"));
        }
        String named = value.equals("smtp") ? "--smtp-host" : "--" + flag;
        refused(flags, WITH_SECRET, named);
    }

    @Test
    void shouldRefuseHalfOfACredential() {
        Map<String, String> flags =
                Map.of("smtp-host", "mail.example", "smtp-from", "bus@example.com", "smtp-username", "bus");
        refused(flags, WITH_SECRET, "BUS_AUTH_SMTP_PASSWORD");
        Map<String, String> without = Map.of("smtp-host", "mail.example", "smtp-from", "bus@example.com");
        refused(without, with("BUS_AUTH_SMTP_PASSWORD", "hunter2"), "--smtp-username");
        refused(
                Map.of("smtp-host", "mail.example", "smtp-from", "Bus <bus@x.example>\nBcc: e"),
                WITH_SECRET,
                "--smtp-from");
    }

    /** As the events service does with a short secret. */
    @Test
    void shouldTakeAnInternalKeyThatIsGuessedOnThisMachineAlone() throws Exception {
        Map<String, String> weak = with("BUS_AUTH_INTERNAL_SHARED_KEY", "hunter2");
        refused(Map.of("addr", "0.0.0.0:8087"), weak, "BUS_AUTH_INTERNAL_SHARED_KEY");
        AuthProviderOptions local = AuthProviderOptions.read(Map.of("addr", "127.0.0.1:8087"), weak);
        assertEquals(Optional.of("hunter2"), local.internalKey());
        assertEquals(1, local.weaknesses().size());
        assertTrue(local.weaknesses().getFirst().contains("BUS_AUTH_INTERNAL_SHARED_KEY"));
        assertFalse(local.weaknesses().getFirst().contains("hunter2"), "does not print");
        Map<String, String> strong = with("BUS_AUTH_INTERNAL_SHARED_KEY", "0123456789abcdef");
        assertEquals(
                List.of(),
                AuthProviderOptions.read(Map.of("addr", "0.0.0.0:8087"), strong).weaknesses());

        Path empty = Files.writeString(folder.resolve("key"), "\n");
        refused(Map.of("internal-key-file", empty.toString()), WITH_SECRET, "--internal-key-file");
        Path file = Files.writeString(folder.resolve("key"), "0123456789abcdef\n");
        assertEquals(
                Optional.of("0123456789abcdef"),
                AuthProviderOptions.read(Map.of("internal-key-file", file.toString()), WITH_SECRET)
                        .internalKey());
    }

    @ParameterizedTest
    @CsvSource({
        "noreply@localhost,noreply@localhost",
        "bus@mail-1,bus@mail-1",
        "Bus@Example.com,bus@example.com",
        "bus@münchen.example,bus@xn--mnchen-3ya.example",
        "Bus <bus@example.com>,Bus <bus@example.com>",
        "'\"Bus, of Example\" <bus@example.com>','\"Bus, of Example\" <bus@example.com>'",
        "'\"Bus, der Müllers\" <bus@example.com>','Bus, der Müllers <bus@example.com>'",
        "Bus Inc. <bus@example.com>,'\"Bus Inc.\" <bus@example.com>'",
        "Bus der Müllers <noreply@localhost>,Bus der Müllers <noreply@localhost>",
        "<bus@example.com>,bus@example.com",
        "'  Bus   <bus@example.com> ',Bus <bus@example.com>"
    })
    void shouldMailFromAnyAddressWithANameOrWithout(String given, String from) {
        Map<String, String> flags = Map.of("smtp-host", "mail.example", "smtp-from", given);
        assertEquals(
                from,
                AuthProviderOptions.read(flags, WITH_SECRET)
                        .smtp()
                        .orElseThrow()
                        .from());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bus",
                "@example.com",
                "bus@",
                "bus@exam ple.com",
                "bus@example.com,other@example.com",
                "bus@example.com\n",
                "bus@example.com\r\nBcc: other@example.com",
                "Bus\r\nBcc: other@example.com <bus@example.com>",
                "Bus\u2028 <bus@example.com>",
                "Bus <bus@example.com> <other@example.com>",
                "Bus <bus@example.com\r\nBcc: other@example.com>",
                "Bus <bus@example.com>, Other <other@example.com>",
                "other@example.com, Bus <bus@example.com>",
                "Bus: x; <bus@example.com>",
                "Bus (a comment) <bus@example.com>",
                "\"Bus\" \"other\" <bus@example.com>",
                "bus@-example.com",
                "bus..bus@localhost"
            })
    void shouldMailFromNothingElse(String given) {
        refused(Map.of("smtp-host", "mail.example", "smtp-from", given), WITH_SECRET, "--smtp-from");
    }

    @Test
    void shouldNotPrintSecrets() {
        String printed = AuthProviderOptions.read(
                        Map.of(),
                        with(
                                "BUS_AUTH_INTERNAL_SHARED_KEY", "an-internal-key-hunter2",
                                "BUS_AUTH_POSTGRES_DSN", "postgres://bus:hunter2@db.example/bus"))
                .toString();
        assertFalse(printed.contains("hunter2") || printed.contains(AuthService.SECRET), printed);
    }

    @Test
    void shouldSayOneTimePasswordsToWhomeverItIsTold() throws Exception {
        List<String> said = new CopyOnWriteArrayList<>();
        AuthProviderOptions options =
                AuthProviderOptions.read(Map.of(), WITH_SECRET).withConsole(said::add);

        Vertx vertx = Vertx.vertx();
        AuthService.await(OtpSender.of(vertx, options).send(EmailAddress.parse("user@example.com"), "012345"));
        AuthService.await(vertx.close());

        assertEquals(List.of("one-time password for user@example.com: 012345 (good for 10 minutes)"), said);
    }

    private static void refused(Map<String, String> flags, Map<String, String> environment, String says) {
        ConfigException wrong = assertThrows(ConfigException.class, () -> AuthProviderOptions.read(flags, environment));
        assertTrue(wrong.getMessage().contains(says), wrong.getMessage());
        assertFalse(wrong.getMessage().contains("hunter2"), wrong.getMessage());
    }
}
