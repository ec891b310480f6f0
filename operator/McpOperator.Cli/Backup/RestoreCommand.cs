using System.CommandLine;
using McpOperator.Api.V1Alpha1;

namespace McpOperator.Cli.Backup;

/// <summary><c>mcp-operator restore</c></summary>
internal static class RestoreCommand
{
    public static Command Create()
    {
        var file = new Option<string>("--filename", "-f") { Description = "The backup.", Required = true };
        var key = new Option<string?>("--seal-key") { Description = "The file with the key that sealed it." };
        var without = new Option<bool>("--without-approvals") { Description = "Restore without looking at the seal, and without what was approved: every server begins with its first version." };
        var sessions = new Option<bool>("--sessions") { Description = "Bring back sessions that had not ended, too. One that was revoked after the backup would live again." };
        var ns = new Option<string>("--operator-namespace") { Description = "Where the operator will be installed.", DefaultValueFactory = _ => "mcp-operator-system" };
        var cluster = new ClusterOptions();
        var command = new Command("restore", "Put a backup into a cluster that has our definitions and no operator yet. Exit code 1 when something was left.") { file, key, without, sessions, ns };
        cluster.AddConnectionTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(key) is null == !result.GetValue(without))
            {
                result.AddError("Name the key that sealed the backup (--seal-key), or do without what was approved (--without-approvals), one of the two.");
            }
        });
        command.SetAction((parsed, ct) => Guarded.RunAsync(parsed, async (stdout, stderr) =>
        {
            var content = BackupFile.Read(await File.ReadAllBytesAsync(parsed.GetValue(file)!, ct), parsed.GetValue(key) is { } path ? BackupFile.Key(path, make: false) : null);
            if (parsed.GetValue(without))
            {
                content = content with { Versions = [], Servers = [.. content.Servers.Select(s => s with { Status = new MCPServerStatus() })] };
            }

            using var client = cluster.Connect(parsed);
            var restorer = new Restorer(client, parsed.GetValue(sessions), TimeProvider.System.GetUtcNow().UtcDateTime, stdout.WriteLine);
            if (await restorer.ObstacleAsync(parsed.GetValue(ns)!, ct) is { } obstacle)
            {
                await stderr.WriteLineAsync(obstacle);
                return Commands.InputError;
            }

            await restorer.RunAsync(content, ct);
            return restorer.HasLeft ? Commands.InputError : 0;
        }));
        return command;
    }
}
