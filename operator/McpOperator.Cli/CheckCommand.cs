using System.CommandLine;
using McpOperator.Admission.Images;
using McpOperator.Signatures;
using McpOperator.Webhooks;

namespace McpOperator.Cli;

/// <summary><c>mcp-operator check</c></summary>
internal static class CheckCommand
{
    private const string NotChecked = "not checked: what only a cluster knows (bounds of single fields, quotas of servers, references beyond these files)";

    public static Command Create()
    {
        var files = new Option<string[]>("--filename", "-f")
        {
            Description = "Files with MCPServers, MCPToolConfigs, MCPAccessGrants, MCPAgentSessions and, for tenants, Namespaces; - reads standard input.",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var config = new Option<string?>("--config") { Description = "The operator's configuration file; without it the shipped defaults hold, which allow no image." };
        var ns = new Option<string>("--namespace", "-n") { Description = "The namespace of objects that name none.", DefaultValueFactory = _ => "default" };
        var output = new Option<CheckFormat>("--output", "-o") { Description = "text, json or sarif.", DefaultValueFactory = _ => CheckFormat.Text };
        var verify = new Option<bool>("--verify-signatures") { Description = "Ask images' registries for their signatures (anonymously)." };
        var command = new Command("check", "Check files against the rules of admission, without a cluster. Exit code 1 when admission would refuse one.")
        {
            files, config, ns, output, verify,
        };
        command.SetAction((parsed, ct) => Guarded.RunAsync(parsed, async (stdout, stderr) =>
        {
            using var verifier = new SignatureVerifier(TimeProvider.System);
            IImageSignatures signatures = parsed.GetValue(verify) ? new ClusterSignatures(verifier, new PullSecrets(null)) : new NoImageSignatures();
            var checker = new Checker(ConfigurationFile.LoadOrDefault(parsed.GetValue(config)), parsed.GetValue(ns)!, DateTime.UtcNow, signatures);
            var findings = await checker.CheckAsync(parsed.GetValue(files)!.Select(SourceFiles.Read), ct);
            await stdout.WriteAsync(CheckReport.Write(findings, parsed.GetValue(output)));
            await stderr.WriteLineAsync(NotChecked + (parsed.GetValue(verify) ? "" : "; image signatures (--verify-signatures)"));
            return findings.All(f => f.IsWarning) ? 0 : Commands.InputError;
        }));
        return command;
    }
}
