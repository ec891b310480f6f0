namespace McpOperator.Generators.Tests;

/// <summary>What is rendered is compared byte by byte with <c>expected</c>. <c>UPDATE_GOLDEN=1</c> rewrites it; read the difference before you commit it.</summary>
public sealed class GoldenTests
{
    private static IEnumerable<string> Names => Case.All.Select(c => c.Name);

    private static Case Named(string name) => Case.All.Single(c => c.Name == name);

    [TestCaseSource(nameof(Names))]
    public void A_case_renders_as_expected(string name)
    {
        var golden = Named(name);
        golden.Render().Problems.Should().BeEmpty();
        var actual = golden.Files();
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Rewrite(golden.Expected, actual);
        }

        var expected = Directory.EnumerateFiles(golden.Expected).ToDictionary(f => Path.GetFileName(f), File.ReadAllText);
        actual.Keys.Should().BeEquivalentTo(expected.Keys, "every child has a file and every file a child");
        foreach (var (file, text) in actual)
        {
            text.Should().Be(expected[file], $"cases/{name}/expected/{file} says so; UPDATE_GOLDEN=1 rewrites it");
        }
    }

    [TestCaseSource(nameof(Names))]
    public void The_same_input_gives_the_same_bytes(string name) => Named(name).Files().Should().Equal(Named(name).Files());

    /// <summary>Children's hashes and a pod's template must not hang on the order in which somebody wrote a mapping.</summary>
    [TestCaseSource(nameof(Names))]
    public void The_order_of_mappings_in_the_input_does_not_matter(string name)
    {
        var golden = Named(name);
        var documents = new Manifests.ManifestReader([]) { AllowOtherKinds = true }.Read(golden.Input, "input.yaml").Select(m => Reversed(m.Json)!);

        var reversed = golden.Render(Manifests.ManifestWriter.ToYaml(documents));

        reversed.Problems.Should().BeEmpty();
        Manifests.ManifestWriter.ToYaml(reversed.Children).Should().Be(Manifests.ManifestWriter.ToYaml(golden.Render().Children));
    }

    private static System.Text.Json.Nodes.JsonNode? Reversed(System.Text.Json.Nodes.JsonNode? node) => node switch
    {
        System.Text.Json.Nodes.JsonObject o => new System.Text.Json.Nodes.JsonObject(o.Reverse().Select(p => KeyValuePair.Create(p.Key, Reversed(p.Value)))),
        System.Text.Json.Nodes.JsonArray a => new System.Text.Json.Nodes.JsonArray([.. a.Select(Reversed)]),
        _ => node?.DeepClone(),
    };

    private static void Rewrite(string folder, IReadOnlyDictionary<string, string> files)
    {
        Directory.CreateDirectory(folder);
        foreach (var old in Directory.EnumerateFiles(folder))
        {
            File.Delete(old);
        }

        foreach (var (file, text) in files)
        {
            File.WriteAllText(Path.Combine(folder, file), text);
        }
    }
}
