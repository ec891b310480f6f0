using System.CommandLine;

namespace McpOperator.Cli.Backup;

/// <summary><c>mcp-operator backup</c></summary>
internal static class BackupCommand
{
    public static Command Create()
    {
        var output = new Option<string>("--output", "-o") { Description = "The file to write; it may hold what stands in servers' specs, so only its owner can read it.", Required = true };
        var key = new Option<string>("--seal-key") { Description = "The file with the key that seals the backup; made when it is not there. Keep it apart from the backup: restore believes what it sealed.", Required = true };
        var ns = new Option<string?>("--namespace", "-n") { Description = "Only this namespace. Default: all." };
        var cluster = new ClusterOptions();
        var command = new Command("backup", "Write what a reinstallation could not make again: the four kinds, and which versions were approved by whom.") { output, key, ns };
        cluster.AddConnectionTo(command);
        command.SetAction((parsed, ct) => Guarded.RunAsync(parsed, async (stdout, stderr) =>
        {
            using var client = cluster.Connect(parsed);
            var content = await BackupContent.ReadAsync(client, parsed.GetValue(ns), TimeProvider.System, ct);
            var (path, sealing) = (parsed.GetValue(output)!, BackupFile.Key(parsed.GetValue(key)!, make: true));
            await WriteAsync(path, BackupFile.Write(content, sealing), ct);
            foreach (var (server, hash) in content.Servers.SelectMany(s => BackupContent.HashesOf(s).Where(h => BackupContent.Find(content.Versions, s, h) is null).Select(h => (s, h))))
            {
                await stderr.WriteLineAsync($"MCPServer {server.Metadata.NamespaceProperty}/{server.Metadata.Name}: what a version is made of ({hash[..12]}) is not kept any more; going back to it will need a new approval.");
            }

            await stdout.WriteLineAsync(
                $"{path}: {content.Servers.Count} servers with {content.Versions.Count} versions, {content.ToolConfigs.Count} tool configurations, {content.Grants.Count} grants, {content.Sessions.Count} sessions of {content.Namespaces.Count} namespaces.");
            return 0;
        }));
        return command;
    }

    /// <summary>Whole or not at all: a backup that broke off must not take the place of the last good one.</summary>
    private static async Task WriteAsync(string path, byte[] content, CancellationToken ct)
    {
        var beside = path + ".new";
        File.Delete(beside);
        await using (var stream = BackupFile.CreateForOwner(beside))
        {
            await stream.WriteAsync(content, ct);
        }

        File.Move(beside, path, overwrite: true);
    }
}
