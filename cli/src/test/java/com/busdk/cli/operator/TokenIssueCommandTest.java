package com.busdk.cli.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.CommandLineRun;
import com.busdk.cli.ExitCode;
import com.busdk.client.auth.TokenClaims;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenIssueCommandTest {
    private static final String SECRET = "not-a-secret-local-development-hs256-key";

    @TempDir
    Path directory;

    private CommandLineRun bus() {
        return CommandLineRun.in(directory);
    }

    private static String signature(String token, byte[] secret) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        byte[] signed = token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(mac.doFinal(signed));
    }

    @Test
    void shouldIssueTheTokenOfTheManual() throws GeneralSecurityException {
        var result = bus().with("BUS_AUTH_HS256_SECRET", SECRET)
                .run(
                        "operator",
                        "token",
                        "--format",
                        "token",
                        "issue",
                        "--local",
                        "--audience",
                        "ai.hg.fi/api",
                        "--scope",
                        "vm:read vm:write");

        assertEquals(0, result.code(), result.err());
        assertEquals("", result.err());
        String token = result.out().stripTrailing();
        assertEquals(token + "\n", result.out());
        assertTrue(token.endsWith("." + signature(token, SECRET.getBytes(StandardCharsets.UTF_8))));
        TokenClaims claims = TokenClaims.peek(token).orElseThrow();
        assertEquals(List.of("ai.hg.fi/api"), claims.audience());
        assertEquals("vm:read vm:write", claims.scopes().toString());
        assertEquals("bus-operator-local", claims.subject());
        assertTrue(claims.service());
        assertEquals(Duration.ofHours(1), Duration.between(claims.issuedAt(), claims.expiresAt()));
    }

    @Test
    void shouldTakeSubjectAndTimeToLive() {
        var result = bus().with("BUS_AUTH_HS256_SECRET", SECRET)
                .run("operator", "token", "issue", "--local", "--subject", "worker-a", "--ttl", "36h", "-f", "token");

        TokenClaims claims = TokenClaims.peek(result.out().stripTrailing()).orElseThrow();
        assertEquals("worker-a", claims.subject());
        assertEquals(Duration.ofHours(36), Duration.between(claims.issuedAt(), claims.expiresAt()));
    }

    @Test
    void shouldPreferTheFileThenTheAuthSecretThenTheApiSecret() throws IOException, GeneralSecurityException {
        Files.writeString(
                directory.resolve("key"), "base64:" + Base64.getEncoder().encodeToString(new byte[40]) + "\n");
        String[] line = {"operator", "token", "issue", "--local", "-f", "token"};

        String fromApi =
                bus().with("BUS_API_JWT_SECRET", "b".repeat(40)).run(line).out().stripTrailing();
        String fromAuth = bus().with("BUS_API_JWT_SECRET", "b".repeat(40))
                .with("BUS_AUTH_HS256_SECRET", "a".repeat(40))
                .run(line)
                .out()
                .stripTrailing();
        String fromFile = bus().with("BUS_AUTH_HS256_SECRET", "a".repeat(40))
                .run("operator", "token", "issue", "--local", "-f", "token", "--hs256-secret-file", "key")
                .out()
                .stripTrailing();

        assertTrue(fromApi.endsWith(signature(fromApi, "b".repeat(40).getBytes(StandardCharsets.UTF_8))));
        assertTrue(fromAuth.endsWith(signature(fromAuth, "a".repeat(40).getBytes(StandardCharsets.UTF_8))));
        assertTrue(fromFile.endsWith(signature(fromFile, new byte[40])));
    }

    @Test
    void shouldSayWhereToPutTheSecretWhenThereIsNone() {
        var result = bus().run("operator", "token", "issue", "--local");

        assertEquals(ExitCode.USAGE, result.code());
        assertTrue(result.err().contains("BUS_AUTH_HS256_SECRET"), result.err());
        assertEquals("", result.out());
    }

    @Test
    void shouldAskForLocal() {
        var result = bus().with("BUS_AUTH_HS256_SECRET", SECRET).run("operator", "token", "issue", "--subject", "x");

        assertEquals(ExitCode.USAGE, result.code());
        assertTrue(result.err().contains("--local"), result.err());
    }

    @Test
    void shouldWarnOfAShortSecretWithoutShowingIt() {
        var result = bus().with("BUS_AUTH_HS256_SECRET", "dev-secret").run("operator", "token", "issue", "--local");

        assertEquals(0, result.code(), result.err());
        assertTrue(result.err().contains("shorter than 32 bytes"), result.err());
        assertFalse(result.err().contains("dev-secret"), result.err());
    }

    @Test
    void shouldRefuseWhatMakesNoToken() {
        for (String wrong : List.of("--ttl=0s", "--ttl=-1h", "--ttl=x", "--subject=", "--audience= ", "--scope=a\"b")) {
            var result =
                    bus().with("BUS_AUTH_HS256_SECRET", SECRET).run("operator", "token", "issue", "--local", wrong);

            assertEquals(ExitCode.USAGE, result.code(), wrong);
            assertEquals(1, result.errLines().size(), result.err());
        }
    }

    @Test
    void shouldNotShowTheContentOfASecretFileThatIsWrong() throws IOException {
        Files.writeString(directory.resolve("key"), "base64:%%%hush%%%");

        var result = bus().run("operator", "token", "issue", "--local", "--hs256-secret-file", "key");

        assertEquals(ExitCode.USAGE, result.code());
        assertTrue(result.err().contains("Base64"), result.err());
        assertFalse(result.err().contains("hush"), result.err());
    }

    @Test
    void shouldPrintColumnsThatShellToolsCanCut() {
        var result =
                bus().with("BUS_AUTH_HS256_SECRET", SECRET).run("operator", "token", "issue", "--local", "-f", "tsv");

        List<String> lines = result.out().lines().toList();
        assertEquals("token\tsubject\taudience\tscope\texpires_at", lines.getFirst());
        assertEquals(5, lines.get(1).split("\t", -1).length);
    }
}
