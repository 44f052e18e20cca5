package com.busdk.broker.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.contract.harness.RunningService;
import com.busdk.broker.contract.harness.ServicePlan;
import java.util.Locale;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A service that cannot start says why, and leaves nothing behind. */
class StartTest extends ContractSuite {
    private static String refusal(ServicePlan plan) {
        Exception refused = assertThrows(Exception.class, () -> plan.start().close());
        return String.valueOf(refused.getMessage());
    }

    @Test
    void shouldSayThatItsPortIsTaken() {
        ServicePlan plan = freshPlan().with("addr", "127.0.0.1:" + service.port());
        String message = refusal(plan);
        assertTrue(message.toLowerCase(Locale.ROOT).contains("in use"), message);
        plan.with("addr", "127.0.0.1:0").start().close(); // and has let its data go
    }

    @Test
    void shouldSayThatItsDataBelongToAnotherProcess() {
        Assumptions.assumeTrue(store.durable(), "this backend has no data to share");
        Assumptions.assumeTrue(store.isItsFolder(), "processes of a cluster share it, each with a copy of its own");
        ServicePlan plan = freshPlan();
        try (RunningService first = plan.start()) {
            String message = refusal(plan);
            assertTrue(message.contains(plan.folder().toString()), message);
            first.service().send(name, "1");
            assertEquals(1, first.service().read(history()).size(), "the first one is none the worse for it");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "max-event-bytes, a lot",
        "max-event-bytes, -1",
        "segment-bytes, 1",
        "retention-age, yesterday",
        "drain, -1s",
        "fsync, sometimes",
        "fsync, interval=0s",
        "events-backend, other",
        "addr, nowhere",
        "rate-limit, -5",
        "tls-cert, only-one-of-two.pem",
        "event-access, no-such-file.json",
        "jwks, no-such-file.json",
        "no-such-flag, x"
    })
    void shouldNameTheOptionThatIsWrong(String flag, String value) {
        String message = refusal(freshPlan().with(flag, value));
        assertTrue(message.contains(flag) || message.contains(value), message);
    }
}
