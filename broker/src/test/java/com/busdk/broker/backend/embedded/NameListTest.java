package com.busdk.broker.backend.embedded;

import static com.busdk.broker.backend.embedded.HubFixture.batch;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.Backend.NameInfo;
import com.busdk.broker.backend.Backend.Names;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How much one question for names looks at, and what it says of the rest. */
@Timeout(120)
class NameListTest {
    private final HubFixture it = HubFixture.inMemory();

    @AfterEach
    void stop() {
        it.close();
    }

    private void publish(String name, String owner, int count) {
        it.on(
                0,
                () -> it.hub.publish(
                        batch(name, owner, null, IntStream.range(0, count).toArray())));
    }

    private NameList looking(int maxScan, long maxWork) {
        return new NameList(it.hub, maxScan, maxWork);
    }

    private static List<String> told(Names names) {
        return names.names().stream()
                .map(one -> one.name() + (one.countIsAtLeast() ? " >=" : " ") + one.count())
                .toList();
    }

    @Test
    void shouldSayThatACountIsALowerBound() {
        publish("a.a", "alice", 4);
        publish("a.b", "alice", 2);
        publish("a.b", "bob", 3);
        publish("a.c", "alice", 1);
        publish("a.c", "bob", 3);
        Names own = looking(4, 1_000).names("alice", _ -> true, "", 10);
        assertEquals(List.of("a.a 4", "a.b >=1", "a.c 1"), told(own));
        assertFalse(own.incomplete());
        Names all = looking(4, 1_000).names(null, _ -> true, "", 10);
        assertEquals(List.of("a.a 4", "a.b 5", "a.c 4"), told(all), "the index knows them");
    }

    /** Its events are behind those that are looked at: not one is found, and so it is not known that it has any. */
    @Test
    void shouldSayThatANameMayBeMissingWhoseOwnEventsLieTooFarBack() {
        publish("a.a", "alice", 1);
        publish("a.a", "bob", 9);
        Names own = looking(4, 1_000).names("alice", _ -> true, "", 10);
        assertEquals(List.of(), told(own));
        assertTrue(own.incomplete());
    }

    @Test
    void shouldBoundTheWorkOfAQuestionAboutGroups() {
        NameList.Work work = looking(10, 2 * (10 + NameList.NAME_WORK)).work();
        assertTrue(work.take(7));
        assertTrue(work.take(1_000), "of which ten are looked at");
        assertFalse(work.take(10));
        assertFalse(work.take(0), "it stays so");
    }

    @Test
    void shouldBoundTheEventsOfOneQuestion() {
        for (int i = 0; i < 9; i++) {
            publish("a.n" + i, "alice", 10);
        }
        NameList list = looking(10, 3 * (10 + NameList.NAME_WORK) + 5);
        List<String> found = new ArrayList<>();
        List<Integer> pages = new ArrayList<>();
        String after = "";
        Names page;
        do {
            page = list.names("alice", _ -> true, after, 100);
            pages.add(page.names().size());
            found.addAll(page.names().stream().map(NameInfo::name).toList());
            after = found.getLast();
            assertFalse(page.incomplete(), "the next page has the rest");
        } while (page.more() && pages.size() < 20);
        assertEquals(List.of(3, 3, 3), pages);
        assertEquals(IntStream.range(0, 9).mapToObj(i -> "a.n" + i).toList(), found, "each once");
    }

    @Test
    void shouldBoundTheNamesOfOneQuestionThatAreNotTold() {
        for (int i = 0; i < 20; i++) {
            publish("a.n%02d".formatted(i), "bob", 1);
        }
        publish("b.last", "alice", 1);
        Names others = looking(1, 10L * (1 + NameList.NAME_WORK)).names("alice", _ -> true, "", 5);
        assertEquals(List.of(), told(others));
        assertTrue(others.incomplete());
        assertFalse(others.more(), "there is no name to go on behind");
        Names refused = looking(1, 10L * (1 + NameList.NAME_WORK)).names(null, name -> !name.startsWith("a."), "", 5);
        assertEquals(List.of(), told(refused));
        assertTrue(refused.incomplete());
        Names further = looking(1, 10L * (1 + NameList.NAME_WORK)).names("alice", _ -> true, "b", 5);
        assertEquals(List.of("b.last 1"), told(further));
        assertFalse(further.incomplete());
    }

    @Test
    void shouldSayThatThereIsMoreBehindAFullPage() {
        for (int i = 0; i < 7; i++) {
            publish("a.n" + i, i == 6 ? "bob" : "alice", 1);
        }
        Names full = looking(1, 1_000).names("alice", _ -> true, "", 5);
        assertEquals(5, full.names().size());
        assertTrue(full.more());
        assertFalse(full.incomplete());
        Names last = looking(1, 1_000).names("alice", _ -> true, "", 6);
        assertEquals(6, last.names().size());
        assertFalse(last.more(), "what is behind is a stranger's, and not told of");
        Names whole = looking(1, 1_000).names("alice", _ -> true, "", 7);
        assertEquals(6, whole.names().size());
        assertFalse(whole.more());
        assertFalse(whole.incomplete());
    }

    /** More than are taken from the index at first. */
    @Test
    void shouldFindANameBehindThousandsOfOthers() {
        for (int i = 0; i < 3_000; i++) {
            publish("a.n" + i, "bob", 1);
        }
        publish("b.last", "alice", 1);
        Names own = new NameList(it.hub).names("alice", _ -> true, "", 5);
        assertEquals(List.of("b.last 1"), told(own));
        assertFalse(own.incomplete());
        assertEquals(
                3_001,
                new NameList(it.hub).names(null, _ -> true, "", 10_000).names().size());
    }

    @Test
    void shouldAlwaysHaveRoomForOneName() {
        assertThrows(IllegalArgumentException.class, () -> looking(10, 10 + NameList.NAME_WORK - 1));
        publish("a.a", "alice", 20);
        assertEquals(
                List.of("a.a >=10"), told(looking(10, 10 + NameList.NAME_WORK).names("alice", _ -> true, "", 5)));
    }
}
