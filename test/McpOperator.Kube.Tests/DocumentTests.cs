using System.Text;
using System.Text.Json;

namespace McpOperator.Kube.Tests;

public sealed class DocumentTests
{
    private const string Item = """
        { "kind": "Secret", "apiVersion": "v1",
          "metadata": {
            "name": "a", "namespace": "shop", "uid": "u-1", "resourceVersion": "42", "generation": 3,
            "managedFields": [ { "manager": "x", "fieldsV1": { "f:data": {} } } ],
            "labels": { "tier": "front" },
            "annotations": { "kubectl.kubernetes.io/last-applied-configuration": "{\"big\":1}", "note": "ä \"quoted\"" },
            "ownerReferences": [
              { "apiVersion": "v1", "kind": "Other", "name": "o", "uid": "u-0" },
              { "apiVersion": "tests.example.com/v1alpha1", "kind": "Widget", "name": "w", "uid": "u-2", "controller": true } ] },
          "data": { "password": "c2VjcmV0", "n": 1 }, "type": "Opaque", "status": { "managedFields": "stays" } }
        """;

    [Test]
    public void Facts_are_read_from_the_bytes()
    {
        var document = KubernetesDocument.Parse(Encoding.UTF8.GetBytes(Item));
        document.Key.Should().Be(new NamespacedName("shop", "a"));
        document.Uid.Should().Be("u-1");
        document.ResourceVersion.Should().Be("42");
        document.Generation.Should().Be(3);
        document.IsDeleting.Should().BeFalse();
        document.Controller.Should().Be(new ControllerReference("tests.example.com/v1alpha1", "Widget", "w", "u-2"));
        document.Label("tier").Should().Be("front");
        document.Label("none").Should().BeNull();
        document.Annotation("note").Should().Be("ä \"quoted\"");
    }

    [Test]
    public void What_nobody_reads_is_left_out()
    {
        var root = KubernetesDocument.Parse(Encoding.UTF8.GetBytes(Item)).ToJsonElement();
        var metadata = root.GetProperty("metadata");
        metadata.TryGetProperty("managedFields", out _).Should().BeFalse();
        metadata.GetProperty("annotations").EnumerateObject().Select(p => p.Name).Should().Equal("note");
        root.GetProperty("status").GetProperty("managedFields").GetString().Should().Be("stays");
        root.GetProperty("data").GetProperty("password").GetString().Should().Be("c2VjcmV0");
    }

    [Test]
    public void More_is_left_out_when_asked_for()
    {
        var options = new DocumentOptions { Drop = ["status"], Blank = ["data"] };
        var document = KubernetesDocument.Parse(Encoding.UTF8.GetBytes(Item), options);
        document.ToJsonElement().TryGetProperty("status", out _).Should().BeFalse();
        document.ToJsonElement().GetProperty("data").GetRawText().Should().Be("""{"password":"","n":1}""");
        Encoding.UTF8.GetString(document.Json.Span).Should().NotContain("c2VjcmV0");
    }

    [Test]
    public void Packing_loses_nothing_whether_or_not_it_saves([Values(1, 40, 4_000, 400_000)] int length, [Values] bool repetitive)
    {
        var random = new Random(1);
        var bytes = new byte[length];
        random.NextBytes(bytes);
        if (repetitive)
        {
            Array.Fill(bytes, (byte)'a');
        }

        PackedJson.Of(bytes).Read(static utf8 => utf8.ToArray()).Should().Equal(bytes);
    }

    [Test]
    public void Namespaces_are_kept_once()
    {
        var one = KubernetesDocument.Parse(Encoding.UTF8.GetBytes(Item));
        var two = KubernetesDocument.Parse(Encoding.UTF8.GetBytes(Item));
        one.Namespace.Should().BeSameAs(two.Namespace);
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    [TestCase(100_000)]
    public async Task A_list_is_read_the_same_however_it_is_cut_and_wherever_its_metadata_stands(int chunk)
    {
        string[] lists =
        [
            """{"kind":"L","metadata":{"resourceVersion":"9","continue":"more"},"items":[ITEM,ITEM]}""",
            """{"items":[ITEM, ITEM ],"kind":"L","metadata":{"continue":"more","resourceVersion":"9"}}""",
        ];
        foreach (var list in lists.Select(l => l.Replace("ITEM", Item, StringComparison.Ordinal)))
        {
            var items = new List<string>();
            var page = await new JsonListReader(utf8 => items.Add(Encoding.UTF8.GetString(utf8)))
                .ReadAsync(new ChunkedStream(Encoding.UTF8.GetBytes(list), chunk), default);
            page.Should().Be(new ListPage("9", "more"));
            items.Should().Equal(Item, Item);
        }
    }

    [TestCase("""{"items":null,"metadata":{"resourceVersion":"9"}}""")]
    [TestCase("""{"metadata":{"resourceVersion":"9"},"items":[]}""")]
    public async Task An_empty_list_is_a_list(string list)
    {
        var page = await new JsonListReader(_ => Assert.Fail()).ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(list)), default);
        page.Should().Be(new ListPage("9", ""));
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("""{"items":[{"a":1}""")]
    public async Task A_list_that_ends_early_is_an_error_and_not_an_empty_list(string list)
    {
        var reading = () => new JsonListReader(_ => { }).ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(list)), default);
        await reading.Should().ThrowAsync<JsonException>();
    }

    /// <summary>Gives out few bytes at a time, as networks do.</summary>
    private sealed class ChunkedStream(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, chunk)], cancellationToken);
    }
}
