using System.CommandLine;
using McpOperator.Manifests;

namespace McpOperator.Cli;

/// <summary>How objects are printed.</summary>
internal enum OutputFormat
{
    /// <summary>YAML documents.</summary>
    Yaml,

    /// <summary>One JSON <c>List</c>.</summary>
    Json,
}

/// <summary><c>mcp-operator render</c></summary>
internal static class RenderCommand
{
    public static Command Create()
    {
        var files = new Option<string[]>("--filename", "-f")
        {
            Description = "Files with MCPServers and what they refer to (MCPToolConfigs, Namespaces, ConfigMaps); - reads standard input.",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var config = new Option<string?>("--config") { Description = "The operator's configuration file; without it the shipped defaults hold." };
        var ns = new Option<string>("--namespace", "-n") { Description = "The namespace of objects that name none.", DefaultValueFactory = _ => "default" };
        var output = new Option<OutputFormat>("--output", "-o") { Description = "yaml or json.", DefaultValueFactory = _ => OutputFormat.Yaml };
        var noKnative = new Option<bool>("--no-knative") { Description = "Assume a cluster without Knative, so that runtime Auto means Deployment." };
        var command = new Command("render", "Print everything that MCPServers become, without a cluster: the same objects that the operator applies.")
        {
            files, config, ns, output, noKnative,
        };
        command.SetAction(parsed => Guarded.Run(parsed, (stdout, stderr) =>
        {
            var configuration = ConfigurationFile.LoadOrDefault(parsed.GetValue(config));
            var renderer = new Renderer(configuration, parsed.GetValue(ns)!, knativeServed: !parsed.GetValue(noKnative));
            var rendered = renderer.Render(parsed.GetValue(files)!.Select(SourceFiles.Read));
            stdout.Write(parsed.GetValue(output) == OutputFormat.Json ? ManifestWriter.ToJson(rendered.Children) : ManifestWriter.ToYaml(rendered.Children));
            foreach (var problem in rendered.Problems)
            {
                stderr.WriteLine(problem);
            }

            return rendered.Problems.Count == 0 ? 0 : Commands.InputError;
        }));
        return command;
    }
}
