namespace McpOperator.Manifests.Tests;

public sealed class StrictYamlTests
{
    public sealed record Settings
    {
        public IReadOnlyList<string> Registries { get; init; } = ["everywhere"];

        public Limits Limits { get; init; } = new(10);
    }

    public sealed record Limits(int Servers, string? Note = null);

    [TestCase("")]
    [TestCase("# nothing yet\n")]
    [TestCase("---\n")]
    [TestCase("limits:\n")]
    public void An_empty_file_means_the_defaults(string text)
    {
        var settings = StrictYaml.Load<Settings>(text, "config.yaml");
        settings.Registries.Should().Equal("everywhere");
        settings.Limits.Servers.Should().Be(10);
    }

    [Test]
    public void Reads_what_is_set() =>
        StrictYaml.Load<Settings>("registries: [a, b]\nlimits: {servers: 3}\n", "config.yaml").Should()
            .BeEquivalentTo(new Settings { Registries = ["a", "b"], Limits = new Limits(3) });

    [TestCase("registry: [a]\n", "config.yaml:1:1: registry: unknown field; known here are registries, limits")]
    [TestCase("limits: {note: x}\n", "config.yaml:1:9: limits.servers: is missing; it must be set")]
    [TestCase("{}\n---\n{}\n", "config.yaml:3:1: a second document; this file holds one only")]
    [TestCase("just text\n", "config.yaml:1:1: must be a mapping (lines of \"key: value\"), but is the text \"just text\"")]
    public void Refuses_with_the_place(string text, string error)
    {
        var act = () => StrictYaml.Load<Settings>(text, "config.yaml");
        act.Should().Throw<ManifestException>().Which.Message.Should().Be(error);
    }
}
