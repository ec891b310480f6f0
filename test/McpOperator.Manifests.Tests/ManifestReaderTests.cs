using McpOperator.Objects;

namespace McpOperator.Manifests.Tests;

public sealed class ManifestReaderTests
{
    private const string Head = "apiVersion: toys.example/v1\nkind: Toy\nmetadata: {name: x}\n";

    private static readonly ManifestReader Reader = new(typeof(Toy), typeof(V1ConfigMap), typeof(V1Service));

    [Test]
    public void Reads_several_documents_lists_and_json()
    {
        var manifests = Reader.Read(
            """
            # only a comment
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: a}
            data: {k: v}
            ---
            ---
            apiVersion: v1
            kind: List
            metadata: {resourceVersion: ""}
            items:
            - {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
            - apiVersion: toys.example/v1
              kind: ToyList
              items:
              - {metadata: {name: c}, spec: {}}
              - {apiVersion: toys.example/v1, kind: Toy, metadata: {name: d}, spec: {}}
            """,
            "a.yaml");
        var json = Reader.Read("{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"ConfigMap\",\n\t\"metadata\": {\"name\": \"e\"},\n\t\"data\": {\"k\": \"\\ud83d\\ude00 \\/ \\u00e9\"}\n}\n", "b.json");

        manifests.Concat(json).Select(manifest => manifest.Entity!.Metadata.Name).Should().Equal("a", "b", "c", "d", "e");
        ((V1ConfigMap)manifests[0].Entity!).Data.Should().Equal(new Dictionary<string, string> { ["k"] = "v" });
        ((V1ConfigMap)json[0].Entity!).Data!["k"].Should().Be("😀 / é");
        manifests[2].Entity.Should().BeOfType<Toy>();
    }

    [TestCase("yes", "true")]
    [TestCase("Off", "false")]
    [TestCase("y", "true")]
    [TestCase("\"yes\"", "\"yes\"")]
    [TestCase("!!str yes", "\"yes\"")]
    [TestCase("~", "null")]
    [TestCase("", "null")]
    [TestCase("nUll", "\"nUll\"")]
    [TestCase("010", "8")]
    [TestCase("0o17", "15")]
    [TestCase("09", "9")]
    [TestCase("0x1F", "31")]
    [TestCase("-0b11", "-3")]
    [TestCase("1_000", "1000")]
    [TestCase("+1", "1")]
    [TestCase("1e3", "1000")]
    [TestCase(".5", "0.5")]
    [TestCase("12e", "\"12e\"")]
    [TestCase("1:30", "\"1:30\"")]
    [TestCase("2001-12-14", "\"2001-12-14\"")]
    [TestCase("18446744073709551616", "18446744073709551616")]
    [TestCase("1.2.3", "\"1.2.3\"")]
    [TestCase("10m", "\"10m\"")]
    [TestCase("!!binary aGk=", "\"hi\"")]
    [TestCase("{yes: 1, 2: 3, null: 4}", "{\"true\":1,\"2\":3,\"null\":4}")]
    public void Reads_scalars_as_kubectl_does(string written, string json)
    {
        var anything = Toy($"spec:\n  anything: {{a: {written} }}\n").Spec.Anything!["a"];
        (anything?.ToJsonString() ?? "null").Should().Be(json);
    }

    [Test]
    public void Follows_anchors_aliases_and_merges()
    {
        var spec = Toy("""
            spec:
              anything:
                base: &base {a: 1, b: 1}
                over: &over {b: 2, c: 2}
                one: {<<: *base, b: 9}
                both:
                  <<: [*base, *over]
                again: *over
                text: {"<<": plain}
            """).Spec.Anything!;
        spec["one"]!.ToJsonString().Should().Be("{\"b\":9,\"a\":1}");
        spec["both"]!.ToJsonString().Should().Be("{\"a\":1,\"b\":1,\"c\":2}");
        spec["again"]!.ToJsonString().Should().Be("{\"b\":2,\"c\":2}");
        spec["text"]!["<<"]!.ToString().Should().Be("plain");
    }

    [Test]
    public void Refuses_a_billion_laughs_quickly()
    {
        var laughs = "anything:\n  a0: &a0 [lol]\n" + string.Concat(Enumerable.Range(1, 30).Select(i =>
            $"  a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        Errors(laughs).Should().ContainSingle().Which.Should().Contain("aliases");
    }

    [Test]
    public void Refuses_what_is_nested_without_end()
    {
        Errors("a: " + new string('[', 100_000)).Should().ContainSingle().Which.Should().Contain("levels deep");
        var stairs = "a0: &a0 [[[[[[[[[[x]]]]]]]]]]\n" + string.Concat(Enumerable.Range(1, 500).Select(i => $"a{i}: &a{i} [[[[[*a{i - 1}]]]]]\n"));
        Errors(stairs).Should().ContainSingle().Which.Should().Contain("aliases");
        Errors("a: &a [*a]").Should().ContainSingle().Which.Should().Contain("unknown anchor *a");
    }

    [Test]
    public void Reports_every_error_of_every_file_with_its_place_and_the_fix()
    {
        var act = () => Reader.Read(
        [
            new ManifestSource("server.yaml", Head + """
                spec:
                  transprot: http
                  port: "80"
                  colour: blue
                  loud: "yes"
                  env:
                    A: 1
                    B: yes
                    C:
                  parts:
                  - size: 99999999999
                  - {name: x, Name: m}
                  - text
                  memory: lots
                  target: [1]
                  shown: x
                  renewed: soonish
                  weight: .inf
                """),
            new ManifestSource("other.yaml", "apiVersion: v1\nkind: ConfgMap\n---\napiVersion: v2\nkind: Toy\n---\nkind: Toy\n---\n- a\n"),
        ]);
        act.Should().Throw<ManifestException>().Which.Message.Split('\n').Should().Equal(
            "server.yaml:5:3: spec.transprot: unknown field; did you mean \"transport\"?",
            "server.yaml:6:9: spec.port: must be a whole number from -2147483648 to 2147483647, but is the text \"80\"; remove the quotes",
            "server.yaml:7:11: spec.colour: must be one of Red, sky-blue, but is the text \"blue\"",
            "server.yaml:8:9: spec.loud: must be true or false, but is the text \"yes\"; remove the quotes",
            "server.yaml:10:8: spec.env[A]: must be text, but is the number 1; write \"1\" in quotes",
            "server.yaml:11:8: spec.env[B]: must be text, but is yes (read as true); write \"yes\" in quotes",
            "server.yaml:12:5: spec.env[C]: has no value; write \"\" for an empty text",
            "server.yaml:14:5: spec.parts[0].name: is missing; it must be set",
            "server.yaml:14:11: spec.parts[0].size: must be a whole number from -2147483648 to 2147483647, but is the number 99999999999",
            "server.yaml:15:15: spec.parts[1].Name: unknown field; did you mean \"name\"?",
            "server.yaml:16:5: spec.parts[2]: must be a mapping (lines of \"key: value\"), but is the text \"text\"",
            "server.yaml:17:11: spec.memory: 'lots' is not a quantity; write a number with an optional suffix, such as 250m, 1.5 or 128Mi.",
            "server.yaml:18:11: spec.target: must be a single value, but is a list",
            "server.yaml:19:3: spec.shown: unknown field; known here are transport, colour, port, loud, weight, memory, target, parts, env, anything, renewed",
            "server.yaml:21:11: .inf is a number that JSON does not have; quote it if it is text",
            "server.yaml:21:11: spec.weight: must be a number, but is the text \".inf\"",
            "other.yaml:2:1: kind: unknown kind ConfgMap of v1; did you mean \"ConfigMap\"?",
            "other.yaml:4:1: apiVersion: unknown kind Toy of v2; Toy is known in toys.example/v1",
            "other.yaml:7:1: apiVersion: is missing; every object says its apiVersion and kind",
            "other.yaml:9:1: must be an object with apiVersion and kind, but is a list");
    }

    [TestCase("a: 1\na: 2\n", "f.yaml:5:1: \"a\" stands here twice, first in line 4; remove one")]
    [TestCase("a: [1\n", "f.yaml:5:1: ")]
    [TestCase("a: {b: 1\nc: }}}\n", "f.yaml:4:6: no YAML from here on")]
    [TestCase("a: !Secret x\n", "f.yaml:4:4: Kubernetes does not know the tag !Secret; remove it")]
    [TestCase("a: *nobody\n", "f.yaml:4:4: unknown anchor *nobody; write &nobody at the value that it should repeat, before this line")]
    [TestCase("spec:\n  renewed: soonish\n", "f.yaml:5:3: spec.renewed: ")]
    [TestCase("spec: {weight: .5, parts: 3}\n", "f.yaml:4:27: spec.parts: must be a list (lines that start with \"- \"), but is the number 3")]
    [TestCase("spec: text\n", "f.yaml:4:7: spec: must be a mapping (lines of \"key: value\"), but is the text \"text\"")]
    public void Reports_the_place_of(string text, string error) =>
        Errors(text).Should().Contain(line => line.StartsWith(error, StringComparison.Ordinal));

    [Test]
    public void Whatever_the_text_it_is_read_or_refused_but_nothing_else_happens()
    {
        var random = new Random(7);
        const string letters = "a: \n-[]{}?,&*!|>'\"%#\\\t.0~<=\u0000\ufeff\r";
        for (var round = 0; round < 10_000; round++)
        {
            var noise = new string([.. Enumerable.Range(0, random.Next(1, 25)).Select(_ => letters[random.Next(letters.Length)])]);
            try
            {
                Reader.Read(random.Next(2) == 0 ? noise : Head + "spec:\n  anything:\n    a: " + noise, "noise.yaml");
            }
            catch (ManifestException exception)
            {
                exception.Errors.Should().OnlyContain(error => error.Line > 0 && error.Column > 0 && error.Message.Length > 0);
            }
        }
    }

    [Test]
    public void A_field_without_a_value_is_an_absent_field()
    {
        Toy("spec:\n  parts:\n").Spec.Should().Be(new ToySpec());
        Toy("spec:\n  port:\n  parts: null\n  renewed: ~\n").Spec.Port.Should().Be(8080);
    }

    [Test]
    public void Reads_the_values_of_all_sorts_of_fields()
    {
        var spec = Toy("spec: {colour: sky-blue, loud: yes, weight: 1, memory: 1024Mi, target: http, parts: [{name: a}], renewed: 2026-01-31T12:00:00.5Z}\n").Spec;
        spec.Colour.Should().Be(ToyColour.SkyBlue);
        spec.Loud.Should().BeTrue();
        spec.Weight.Should().Be(1);
        spec.Memory.ToString().Should().Be("1Gi");
        spec.Target.ToString().Should().Be("http");
        spec.Parts.Should().Equal(new ToyPart { Name = "a" });
        spec.Renewed.Should().Be(new DateTime(2026, 1, 31, 12, 0, 0, 500, DateTimeKind.Utc));
    }

    [Test]
    public void Hands_other_kinds_through_when_asked_to()
    {
        var reader = new ManifestReader(typeof(Toy)) { AllowOtherKinds = true };
        var manifest = reader.Read("apiVersion: x/v1\nkind: Odd\nvalue: [1, null]\n", "f.yaml").Single();
        manifest.Entity.Should().BeNull();
        manifest.Json.ToJsonString().Should().Be("{\"apiVersion\":\"x/v1\",\"kind\":\"Odd\",\"value\":[1,null]}");
    }

    [Test]
    public void Places_the_errors_of_later_checks()
    {
        var manifest = Reader.Read("apiVersion: v1\nkind: List\nitems:\n- apiVersion: toys.example/v1\n  kind: Toy\n  metadata: {labels: {a.b/c: d}}\n  spec:\n    parts:\n    - name: x\n", "f.yaml").Single();
        manifest.ErrorAt("spec.parts[0].name", "is dull").ToString().Should().Be("f.yaml:9:7: items[0].spec.parts[0].name: is dull");
        manifest.ErrorAt("metadata.labels[a.b/c]", "is dull").ToString().Should().Be("f.yaml:6:23: items[0].metadata.labels[a.b/c]: is dull");
        manifest.ErrorAt("spec.port", "is missing").Line.Should().Be(7);
    }

    private static Toy Toy(string text) => (Toy)Reader.Read(Head + text, "f.yaml").Single().Entity!;

    private static IReadOnlyList<string> Errors(string text)
    {
        var act = () => Reader.Read(Head + text, "f.yaml");
        return [.. act.Should().Throw<ManifestException>().Which.Errors.Select(error => error.ToString())];
    }
}
