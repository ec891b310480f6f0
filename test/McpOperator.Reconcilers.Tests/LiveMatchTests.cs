using System.Text.Json;
using System.Text.Json.Nodes;
using McpOperator.Objects;

namespace McpOperator.Reconcilers.Tests;

public sealed class LiveMatchTests
{
    private static string? Difference(string desired, string live)
    {
        static JsonElement Element(string json) => JsonSerializer.SerializeToElement(JsonNode.Parse(json));
        return LiveMatch.FirstDifference(Element(desired), Element(live));
    }

    // desired, live → the field that differs
    [TestCase("""{"a":1}""", """{"a":1}""", null)]
    [TestCase("""{"a":1}""", """{"a":2}""", ".a")]
    [TestCase("""{"a":1}""", """{"a":1.0}""", null)]
    [TestCase("""{"a":1}""", """{"a":"1"}""", ".a")]
    [TestCase("""{"a":"x"}""", """{"a":null}""", ".a")]
    [TestCase("""{"a":true}""", """{"a":false}""", ".a")]
    [TestCase("""{"a":{"b":1}}""", """{"a":[1]}""", ".a")]
    [TestCase("""{"a":[1]}""", """{"a":{}}""", ".a")]
    // Go leaves zero values out ...
    [TestCase("""{"a":0,"b":"","c":false,"d":[]}""", """{}""", null)]
    [TestCase("""{"spec":{"matchLabels":{},"resources":{}}}""", """{"spec":{}}""", null)]
    // ... but nothing else, and no pointers to empty objects.
    [TestCase("""{"a":1}""", """{}""", ".a")]
    [TestCase("""{"a":true}""", """{}""", ".a")]
    [TestCase("""{"a":[0]}""", """{}""", ".a")]
    [TestCase("""{"emptyDir":{}}""", """{"hostPath":{"path":"/"}}""", ".emptyDir")]
    [TestCase("""{"from":[{"podSelector":{}}]}""", """{"from":[{"namespaceSelector":{}}]}""", ".from[0].podSelector")]
    // The API server and others may say more ...
    [TestCase("""{"a":1}""", """{"a":1,"b":2}""", null)]
    [TestCase("""{"a":{"b":1}}""", """{"a":{"b":1,"c":{"d":[1]}}}""", null)]
    [TestCase("""{"a":[{"b":1}]}""", """{"a":[{"b":1,"c":2}]}""", null)]
    // ... but a list has exactly our elements, in our order.
    [TestCase("""{"a":[1]}""", """{"a":[1,2]}""", ".a")]
    [TestCase("""{"a":[1,2]}""", """{"a":[1]}""", ".a")]
    [TestCase("""{"a":[1,2]}""", """{"a":[2,1]}""", ".a[0]")]
    [TestCase("""{"a":[{"b":{"c":1}}]}""", """{"a":[{"b":{"c":2}}]}""", ".a[0].b.c")]
    [TestCase("""{"a":[]}""", """{"a":[1]}""", ".a")]
    // Lists that belong to several writers.
    [TestCase("""{"metadata":{"ownerReferences":[{"uid":"u"}]}}""", """{"metadata":{"ownerReferences":[{"uid":"x"},{"uid":"u","name":"n"}]}}""", null)]
    [TestCase("""{"metadata":{"ownerReferences":[{"uid":"u"}]}}""", """{"metadata":{"ownerReferences":[{"uid":"x"}]}}""", ".metadata.ownerReferences")]
    [TestCase("""{"metadata":{"finalizers":["f"]}}""", """{"metadata":{"finalizers":["g","f"]}}""", null)]
    [TestCase("""{"spec":{"finalizers":["f"]}}""", """{"spec":{"finalizers":["g","f"]}}""", ".spec.finalizers")]
    public void Every_field_that_we_set_has_our_value(string desired, string live, string? path) => Difference(desired, live).Should().Be(path);

    // In the kinds that give rights, more is a hole.
    [TestCase("""{"kind":"NetworkPolicy","spec":{"ingress":[{"from":[{"podSelector":{}}]}]}}""",
        """{"kind":"NetworkPolicy","spec":{"ingress":[{"from":[{"podSelector":{},"namespaceSelector":{}}]}]}}""", ".spec.ingress[0].from[0].namespaceSelector")]
    [TestCase("""{"kind":"NetworkPolicy","spec":{"ingress":[{"ports":[{"port":1}]}]}}""",
        """{"kind":"NetworkPolicy","spec":{"ingress":[{"ports":[{"port":1,"endPort":65535}]}]}}""", ".spec.ingress[0].ports[0].endPort")]
    [TestCase("""{"kind":"NetworkPolicy","spec":{"podSelector":{"matchLabels":{"a":"b"}}}}""",
        """{"kind":"NetworkPolicy","spec":{"podSelector":{"matchLabels":{"a":"b","x":"y"}}}}""", ".spec.podSelector.matchLabels.x")]
    [TestCase("""{"kind":"Role","rules":[{"verbs":["get"],"resourceNames":["a"]}]}""", """{"kind":"Role","rules":[{"verbs":["get"],"resourceNames":["a"],"resources":["secrets"]}]}""", ".rules[0].resources")]
    [TestCase("""{"kind":"Role","rules":[]}""", """{"kind":"Role","rules":[]}""", null)]
    [TestCase("""{"kind":"NetworkPolicy","metadata":{"name":"n"},"spec":{}}""", """{"kind":"NetworkPolicy","metadata":{"name":"n","uid":"u","labels":{"x":"y"}},"spec":{},"status":{"a":1}}""", null)]
    public void In_kinds_that_give_rights_the_live_object_says_nothing_more(string desired, string live, string? path) => Difference(desired, live).Should().Be(path);

    [Test]
    public void Quantities_are_compared_in_the_form_in_which_they_are_stored()
    {
        var desired = JsonSerializer.SerializeToElement(
            new V1ResourceRequirements { Limits = new Dictionary<string, Quantity> { ["cpu"] = "1000m", ["memory"] = "1024Mi" } }, KubernetesJson.Options);

        LiveMatch.FirstDifference(desired, JsonDocument.Parse("""{"limits":{"cpu":"1","memory":"1Gi"}}""").RootElement).Should().BeNull();
    }
}
