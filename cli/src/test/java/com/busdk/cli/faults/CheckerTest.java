package com.busdk.cli.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.cli.faults.Operation.Accepted;
import com.busdk.cli.faults.Operation.AckSent;
import com.busdk.cli.faults.Operation.AckTaken;
import com.busdk.cli.faults.Operation.Delivered;
import com.busdk.cli.faults.Operation.Heard;
import com.busdk.cli.faults.Operation.ReadBegun;
import com.busdk.cli.faults.Operation.ReadEnded;
import com.busdk.cli.faults.Operation.Sent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The checker sees each kind of broken promise, names it, and sees none where there is none. */
class CheckerTest {
    private static final Line A = line("a", 0, 1);
    private static final Line B = line("a", 1, 2);
    private static final Line C = line("b", 0, 3);

    /** A history with one thing wrong in it, and the log of its end. */
    private record Case(String what, Rule rule, List<Operation> history, List<Line> log) {}

    private static Line line(String publisher, long number, long sequence) {
        return new Line("evt_" + sequence, sequence, new Value(publisher, number));
    }

    private static List<Operation> of(Operation... operations) {
        return Arrays.asList(operations);
    }

    private static List<Operation> published(Line... lines) {
        List<Operation> operations = new ArrayList<>();
        for (Line line : lines) {
            operations.add(new Sent(line.value()));
            operations.add(new Accepted(line.value(), line.id()));
        }
        return operations;
    }

    private static List<Operation> with(List<Operation> before, Operation... operations) {
        List<Operation> all = new ArrayList<>(before);
        all.addAll(Arrays.asList(operations));
        return all;
    }

    private static Delivered leased(Line line, int life, String consumer, int attempt) {
        return new Delivered(life, consumer, line, attempt, token(line, life, consumer, attempt));
    }

    private static String token(Line line, int life, String consumer, int attempt) {
        return line.id() + life + consumer + attempt;
    }

    private static AckSent asks(Line line, int life, String consumer, int attempt) {
        return new AckSent(token(line, life, consumer, attempt));
    }

    private static AckTaken done(Line line, int life, String consumer, int attempt) {
        return new AckTaken(token(line, life, consumer, attempt));
    }

    private static Set<Rule> broken(List<Operation> history, List<Line> log) {
        Set<Rule> rules = EnumSet.noneOf(Rule.class);
        Checker.check(history, log).forEach(violation -> rules.add(violation.rule()));
        return rules;
    }

    @TestFactory
    Stream<DynamicTest> shouldSeeWhatIsBroken() {
        return cases().stream()
                .map(one -> DynamicTest.dynamicTest(
                        one.what(), () -> assertEquals(Set.of(one.rule()), broken(one.history(), one.log()))));
    }

    @Test
    void shouldHaveACaseForEveryRule() {
        Set<Rule> rules = EnumSet.noneOf(Rule.class);
        cases().forEach(one -> rules.add(one.rule()));
        assertEquals(EnumSet.allOf(Rule.class), rules);
    }

    private static List<Case> cases() {
        List<Case> cases = new ArrayList<>(publishes());
        cases.addAll(listeners());
        cases.addAll(leases());
        return cases;
    }

    private static List<Case> publishes() {
        return List.of(
                new Case("answered and gone", Rule.LOST, published(A, B), List.of(A)),
                new Case("stored twice", Rule.STORED_TWICE, published(A), List.of(A, new Line("evt_2", 2, A.value()))),
                new Case("nobody sent it", Rule.NEVER_SENT, published(A), List.of(A, B)),
                new Case(
                        "another id than answered",
                        Rule.OTHER_ID,
                        of(new Sent(A.value()), new Accepted(A.value(), "evt_7")),
                        List.of(A)),
                new Case(
                        "sequences that go back",
                        Rule.LOG_ORDER,
                        of(new Sent(A.value()), new Sent(C.value())),
                        List.of(line("b", 0, 3), A)),
                new Case(
                        "the second before the first",
                        Rule.PUBLISHER_ORDER,
                        of(new Sent(A.value()), new Sent(B.value())),
                        List.of(line("a", 1, 1), line("a", 0, 2))),
                new Case(
                        "answered before the other was sent, and stored behind it",
                        Rule.LATE,
                        of(
                                new Sent(A.value()),
                                new Accepted(A.value(), ""),
                                new Sent(C.value()),
                                new Accepted(C.value(), "")),
                        List.of(line("b", 0, 1), line("a", 0, 2))));
    }

    private static List<Case> listeners() {
        return List.of(
                new Case(
                        "heard, and not stored",
                        Rule.HEARD_AND_LOST,
                        with(published(A), new Heard("l", A), new Sent(B.value()), new Heard("l", B)),
                        List.of(A)),
                new Case(
                        "one in the middle passed over",
                        Rule.GAP,
                        with(published(A, B, C), new Heard("l", A), new Heard("l", C)),
                        List.of(A, B, C)),
                new Case("the last one never heard", Rule.GAP, with(published(A, B), new Heard("l", A)), List.of(A, B)),
                new Case(
                        "heard twice",
                        Rule.REPEAT,
                        with(published(A, B), new Heard("l", A), new Heard("l", B), new Heard("l", A)),
                        List.of(A, B)),
                new Case(
                        "a reading without the last one",
                        Rule.READ_SHORT,
                        with(published(A, B), new ReadBegun(0), new ReadEnded(0, List.of(A))),
                        List.of(A, B)));
    }

    private static List<Case> leases() {
        return List.of(
                new Case(
                        "two leases acknowledged",
                        Rule.TWO_ACKS,
                        with(
                                published(A),
                                leased(A, 0, "x", 1),
                                asks(A, 0, "x", 1),
                                leased(A, 0, "y", 2),
                                asks(A, 0, "y", 2),
                                done(A, 0, "y", 2),
                                done(A, 0, "x", 1)),
                        List.of(A)),
                new Case(
                        "two hold one attempt",
                        Rule.TWO_HOLDERS,
                        with(
                                published(A),
                                leased(A, 0, "x", 1),
                                leased(A, 0, "y", 1),
                                asks(A, 0, "y", 1),
                                done(A, 0, "y", 1)),
                        List.of(A)),
                new Case(
                        "a stale acknowledgement is taken",
                        Rule.STALE_TAKEN,
                        with(
                                published(A),
                                leased(A, 0, "x", 1),
                                leased(A, 0, "y", 2),
                                asks(A, 0, "x", 1),
                                done(A, 0, "x", 1)),
                        List.of(A)),
                new Case(
                        "a stale acknowledgement is taken after a restart",
                        Rule.STALE_TAKEN,
                        with(
                                published(A),
                                leased(A, 0, "x", 2),
                                leased(A, 1, "y", 1),
                                asks(A, 0, "x", 2),
                                done(A, 0, "x", 2)),
                        List.of(A)),
                new Case(
                        "leased again after it was done",
                        Rule.AFTER_ACK,
                        with(
                                published(A),
                                leased(A, 0, "x", 1),
                                asks(A, 0, "x", 1),
                                done(A, 0, "x", 1),
                                leased(A, 1, "y", 1)),
                        List.of(A)),
                new Case(
                        "one that the group never had",
                        Rule.NEVER_LEASED,
                        with(published(A, B), leased(A, 0, "x", 1), asks(A, 0, "x", 1), done(A, 0, "x", 1)),
                        List.of(A, B)),
                new Case(
                        "one that was had and never done",
                        Rule.NOT_DONE,
                        with(published(A), leased(A, 0, "x", 1)),
                        List.of(A)));
    }

    @Test
    void shouldSeeNothingWhereAllIsWell() {
        List<Operation> history = with(
                published(A, B, C),
                new Sent(new Value("b", 1)), // never answered: stored or not
                new ReadBegun(0),
                new Heard("l", A),
                new Heard("l", B),
                new Heard("l", C),
                new ReadEnded(0, List.of(A, B, C)),
                leased(A, 0, "x", 1),
                asks(A, 0, "x", 1),
                done(A, 0, "x", 1),
                leased(B, 0, "x", 1),
                leased(B, 0, "y", 2), // x had it for too long
                asks(B, 0, "x", 1), // and is told so
                asks(B, 0, "y", 2),
                done(B, 0, "y", 2),
                leased(C, 0, "x", 3),
                leased(C, 1, "y", 1), // what it had tried before it was killed, it has forgotten
                asks(C, 1, "y", 1),
                done(C, 1, "y", 1),
                done(C, 1, "y", 1)); // asked twice, since the first answer was lost
        assertEquals(List.of(), Checker.check(history, List.of(A, B, C)));
    }

    @Test
    void shouldNotTakeADeliveryThatWasOnItsWayForASecondLease() {
        List<Operation> history = with(
                published(A),
                leased(A, 0, "y", 2),
                asks(A, 0, "y", 2),
                done(A, 0, "y", 2),
                leased(A, 0, "x", 1)); // read late: the network held it
        assertEquals(List.of(), Checker.check(history, List.of(A)));
    }

    @Test
    void shouldNameWhatIsBroken() {
        String said = Checker.check(published(A, B), List.of(A)).getFirst().toString();
        assertTrue(said.contains("LOST") && said.contains("a/1"), said);
    }
}
