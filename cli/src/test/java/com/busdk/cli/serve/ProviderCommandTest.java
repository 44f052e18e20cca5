package com.busdk.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.CommandLineRun;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the services say that they cannot start; that they can is what the tests of the providers are for. */
@Timeout(60)
class ProviderCommandTest {
    private static final String SECRET = "a-secret-that-is-longer-than-thirty-two-bytes";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "api provider vm --backend events|--events-url (BUS_EVENTS_API_URL)",
                "api provider vm --backend static --usage-backend events|--usage-backend events needs it",
                "api provider vm --backend events --events-url http://127.0.0.1:1|BUS_API_TOKEN",
                "api provider vm --backend events --events-url ftp://x|not an http or https URL",
                "api provider vm --backend nothing|--backend",
                "api provider containers|--events-url (BUS_EVENTS_API_URL)",
                "api provider containers --events-url http://127.0.0.1:1|BUS_API_TOKEN",
                "api provider containers --events-url http://127.0.0.1:1 --output-limit lots|--output-limit",
                "api provider usage|--events-url (BUS_EVENTS_API_URL)",
                "api provider usage --events-url http://127.0.0.1:1|BUS_API_TOKEN",
                "api provider billing|--events-url (BUS_EVENTS_API_URL)",
                "api provider billing --billing-backend events|--billing-backend",
                "api provider auth --otp-sender pigeon|--otp-sender",
                "up --billing sometimes|--billing is none or events",
                "up --billing|--billing",
                "api gateway --vm-url here|--vm-url",
                "api gateway --addr nowhere|--addr",
                "api gateway --tls-cert cert.pem|--tls-key"
            })
    void shouldSayWhatIsMissing(String line, String word) {
        var result =
                CommandLineRun.in(folder).with("BUS_API_JWT_SECRET", SECRET).run(line.split(" ", -1));
        assertEquals(2, result.code(), result.err());
        assertTrue(result.err().contains(word), result.err());
        assertFalse(result.err().contains(SECRET), result.err());
        assertEquals(1, result.errLines().size(), result.err());
    }

    @Test
    void shouldNameTheVariablesOfTheSecret() {
        var result = CommandLineRun.in(folder).as("bus-api-provider-vm").run("--backend", "static");
        assertEquals(2, result.code(), result.err());
        assertTrue(result.err().contains("BUS_VM_JWT_SECRET"), result.err());
        assertTrue(result.err().contains("BUS_AUTH_HS256_SECRET"), result.err());
    }

    /** As after a boot at which the database comes a second later: what a service manager tries again is not code 2. */
    @Test
    void shouldBeUnreachableWhileItsDatabaseIsNotThere() {
        var result = CommandLineRun.in(folder)
                .with("BUS_AUTH_HS256_SECRET", SECRET)
                .with("BUS_AUTH_POSTGRES_DSN", "postgres://bus:hunter2@127.0.0.1:1/bus")
                .run("api", "provider", "auth", "--addr", "127.0.0.1:0");
        assertEquals(69, result.code(), result.err());
        assertTrue(result.err().contains("postgres://bus@127.0.0.1:1/bus"), result.err());
        assertFalse(result.err().contains("hunter2"), result.err());
        assertEquals(1, result.errLines().size(), result.err());
    }

    @Test
    void shouldSayThatAPortIsTaken() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            var result = CommandLineRun.in(folder).as("bus-gateway").run("--addr", address, "--servers", "1");
            assertEquals(1, result.code(), result.err());
            assertTrue(result.err().contains("cannot listen on " + address), result.err());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "bus-gateway,--internal-addr",
        "bus-api-provider-containers,--output-limit",
        "bus-api-provider-vm,--backend",
        "bus-api-provider-auth,--signing-key",
        "bus-api-provider-usage,--request-timeout",
        "bus-api-provider-billing,--request-timeout",
        "bus-integration-usage,--billing-export",
        "bus-integration-billing,--quota-config"
    })
    void shouldHelp(String program, String option) {
        var result = CommandLineRun.in(folder).as(program).run("--help");
        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().contains(option), result.out());
    }
}
