using McpOperator.CrdGen;
using McpOperator.TestKit;

namespace McpOperator.Crds.Tests;

public sealed class GeneratedFilesTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("crdgen-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Generated_files_are_current() =>
        GeneratedFiles.Make().Differences(Repository.Root).Should().BeEmpty("`make generate` was forgotten");

    [Test]
    public void What_is_written_is_current_and_written_the_same_again()
    {
        var files = GeneratedFiles.Make();

        files.Write(_folder).Should().OnlyContain(line => line.StartsWith("missing: "));

        GeneratedFiles.Make().Differences(_folder).Should().BeEmpty();
        GeneratedFiles.Make().Files.Should().Equal(files.Files);
    }

    [Test]
    public void A_stale_a_missing_and_an_extra_file_are_found_and_put_right()
    {
        var files = GeneratedFiles.Make();
        files.Write(_folder);
        var bases = Path.Combine(_folder, "crds", "bases");
        File.AppendAllText(Path.Combine(bases, "kustomization.yaml"), "# edited by hand\n");
        File.Delete(Path.Combine(_folder, "crds", "REFERENCE.md"));
        File.WriteAllText(Path.Combine(bases, "mcpoperator.io_leftovers.yaml"), "");

        files.Differences(_folder).Should().BeEquivalentTo(
            "stale:   crds/bases/kustomization.yaml", "missing: crds/REFERENCE.md", "extra:   crds/bases/mcpoperator.io_leftovers.yaml");
        files.Write(_folder);
        files.Differences(_folder).Should().BeEmpty();
    }

    [Test]
    public void The_yaml_says_what_the_schema_says()
    {
        foreach (var kind in CustomResourceDefinitions.Kinds)
        {
            var read = YamlJson.ReadAll(Path.Combine(Repository.Root, "crds", "bases", CustomResourceDefinitions.FileName(kind)))[0]!;

            var schema = read["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"];

            System.Text.Json.Nodes.JsonNode.DeepEquals(schema, Fields.Schema(kind)).Should().BeTrue(kind.Name);
        }
    }

    [Test]
    public void No_default_is_an_empty_string() =>
        Fields.All.Where(f => f.Schema["default"] is System.Text.Json.Nodes.JsonValue v && v.ToString().Length == 0).Should().BeEmpty("API server 1.20 refuses it");

    [Test]
    public void The_reference_names_every_field_and_every_word()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "crds", "REFERENCE.md"));
        Type[] words = [typeof(Api.ConditionTypes), typeof(Api.Reasons), typeof(Api.EventReasons), typeof(Api.Labels), typeof(Api.Annotations)];

        Fields.All.Where(f => f.Path.Contains('.', StringComparison.Ordinal) && !f.Path.EndsWith("[]", StringComparison.Ordinal) && !f.Path.EndsWith('*'))
            .Should().OnlyContain(f => page.Contains($"`{f.Path}`", StringComparison.Ordinal));
        words.SelectMany(t => t.GetFields()).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!)
            .Should().OnlyContain(word => page.Contains($"| `{word}` |", StringComparison.Ordinal));
    }
}
