package com.busdk.client.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.client.config.BusDirs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenSourceTest {
    @TempDir
    private Path dir;

    private final List<String> warnings = new ArrayList<>();
    private BusDirs dirs = new BusDirs(Path.of("unset"), Path.of("unset"));

    @BeforeEach
    void setUp() {
        dirs = new BusDirs(dir.resolve("config"), dir.resolve("state"));
    }

    private TokenSource resolve(Map<String, String> environment) {
        return TokenSource.resolve(null, environment, TokenSource.AI_VARIABLES, dirs, warnings::add);
    }

    private static Path write(Path file, String content, String permissions) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    @Test
    void shouldTakeTheFileThenTheVariablesInTheirOrderThenTheConfigRoot() throws IOException {
        Path file = write(dir.resolve("f/token"), "from-file\n", "rw-------");
        write(dirs.apiTokenFile(), "from-root\n", "rw-------");
        Map<String, String> both = Map.of("BUS_AI_TOKEN", "from-ai", "BUS_API_TOKEN", " from-api\n");
        assertEquals(
                "from-file",
                TokenSource.resolve(file, both, TokenSource.AI_VARIABLES, dirs, warnings::add)
                        .token());
        assertEquals("from-ai", resolve(both).token());
        assertEquals(
                "from-api",
                resolve(Map.of("BUS_API_TOKEN", " from-api\n", "BUS_AI_TOKEN", ""))
                        .token());
        assertEquals("from-root", resolve(Map.of()).token());
        assertEquals(List.of(), warnings);
    }

    @Test
    void shouldReadTheFileAgainEachTime() throws IOException {
        Path file = write(dir.resolve("f/token"), "first", "rw-------");
        TokenSource source = TokenSource.file(file, warnings::add);
        assertEquals("first", source.token());
        Files.writeString(file, "second");
        assertEquals("second", source.token());
        assertTrue(source.mayBlock());
    }

    @Test
    void shouldWarnOnceWhenOthersMayReadTheFile() throws IOException {
        TokenSource source = TokenSource.file(write(dir.resolve("f/token"), "t", "rw-r--r--"), warnings::add);
        assertEquals("t", source.token());
        assertEquals("t", source.token());
        assertEquals(1, warnings.size());
        assertTrue(warnings.getFirst().contains("chmod 600"), warnings.getFirst());
    }

    @Test
    void shouldSayWhatToDoWhenThereIsNoToken() {
        String message = String.valueOf(
                assertThrows(TokenException.class, resolve(Map.of())::token).getMessage());
        for (String word :
                List.of("--token-file", "BUS_AI_TOKEN", "BUS_API_TOKEN", "auth/api-token", "bus auth token")) {
            assertTrue(message.contains(word), message);
        }
    }

    @Test
    void shouldRefuseWhatIsNoTokenWithoutRepeatingIt() throws IOException {
        for (String content : List.of("", " \n", "two words", "a\r\nX-Evil: b", "ümlaut", "x".repeat(20_000))) {
            TokenSource source = TokenSource.file(write(dir.resolve("f/token"), content, "rw-------"), warnings::add);
            TokenException e = assertThrows(TokenException.class, source::token);
            assertFalse(!content.isBlank() && String.valueOf(e.getMessage()).contains(content), e.getMessage());
        }
        assertThrows(TokenException.class, () -> TokenSource.fixed("a b"));
        assertThrows(TokenException.class, () -> resolve(Map.of("BUS_API_TOKEN", "a b")));
    }

    @Test
    void shouldRefuseADirectoryAsTokenFile() {
        assertThrows(TokenException.class, TokenSource.file(dir, warnings::add)::token);
    }

    @Test
    void shouldNotShowAFixedToken() {
        TokenSource source = TokenSource.fixed("secret-token");
        assertEquals("secret-token", source.token());
        assertFalse(source.mayBlock());
        assertFalse(source.toString().contains("secret"));
    }
}
