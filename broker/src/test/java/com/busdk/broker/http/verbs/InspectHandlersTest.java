package com.busdk.broker.http.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.busdk.broker.backend.Backend.GroupInfo;
import com.busdk.broker.backend.Backend.NameInfo;
import com.busdk.broker.backend.Backend.Names;
import com.busdk.broker.backend.EventId;
import java.util.List;
import org.junit.jupiter.api.Test;

class InspectHandlersTest {
    private static final EventId ID = new EventId(1, 2);

    private static String json(boolean more, boolean incomplete, NameInfo... names) {
        return InspectHandlers.namesJson(new Names(List.of(names), more, incomplete))
                .toString();
    }

    @Test
    void shouldSayOfAnswersWhatIsCut() {
        assertEquals("{\"names\":[]}", json(false, false));
        assertEquals("{\"names\":[],\"more\":true}", json(true, false));
        assertEquals("{\"names\":[],\"incomplete\":true}", json(false, true));
    }

    @Test
    void shouldSayWhereALagIsALowerBound() {
        assertTrue(groups(true).contains("\"lag\":5,\"lagIsAtLeast\":true,\"in_flight\""));
        assertTrue(groups(false).contains("\"lag\":5,\"in_flight\""));
    }

    private static String groups(boolean atLeast) {
        var group = new GroupInfo("g", "a.b", "user", List.of(), 1, 5, atLeast, 0, 0, 0, 0, null);
        return InspectHandlers.groupsJson(List.of(group)).toString();
    }

    @Test
    void shouldSayWhereACountIsALowerBound() {
        String last = ",\"lastId\":\"" + ID + "\",\"lastTime\":\"1970-01-01T00:00:00.000000Z\"}";
        assertEquals(
                "{\"names\":[{\"name\":\"a.a\",\"count\":3" + last
                        + ",{\"name\":\"a.b\",\"count\":2000000,\"countIsAtLeast\":true" + last + "]}",
                json(false, false, new NameInfo("a.a", 3, false, ID, 0), new NameInfo("a.b", 2_000_000, true, ID, 0)));
    }
}
