/**
 * The built-in issuer's users, for owners: `GET /access/v1/users`, `PUT` and `DELETE /access/v1/users/{name}`. Not
 * ARM's: Azure keeps its users in Entra, which will take this one's place. The last owner can neither be removed nor
 * made a reader.
 */
import type { FastifyInstance } from 'fastify'
import { isRole } from '../access/roles.ts'
import { UserError } from '../access/users.ts'
import { badRequest, conflict, notFound } from '../arm/arm-error.ts'
import { isJson } from '../arm/field.ts'
import { admitted } from './access-hook.ts'
import type { Service } from './service.ts'

const TYPE = 'Sluice.Access/users'

export function userRoutes(app: FastifyInstance, { guard, users }: Service): void {
  async function keepAnOwner(name: string): Promise<void> {
    const owners = (await users.list()).filter(user => user.role === 'Owner')
    if (owners.length === 1 && owners[0]?.name === name) {
      throw conflict(`'${name}' is the only owner: make another one first.`)
    }
  }

  app.get('/access/v1/users', async request => {
    await admitted(guard, request, TYPE)
    return { value: await users.list() }
  })

  app.put<{ Params: { name: string } }>('/access/v1/users/:name', async (request, reply) => {
    await admitted(guard, request, TYPE)
    const { name } = request.params
    const { role, secret, newSecret } = isJson(request.body) ? request.body : {}
    if (typeof role !== 'string' || !isRole(role)) {
      throw badRequest('ValidationFailed', "The property 'role' must be Owner or Reader.", 'role')
    }
    if (secret !== undefined && typeof secret !== 'string') {
      throw badRequest('ValidationFailed', "The property 'secret' must be a string.", 'secret')
    }
    const known = await users.find({ name })
    if (known?.role === 'Owner' && role !== 'Owner') await keepAnOwner(name)
    if (known !== undefined && secret === undefined && newSecret !== true) {
      await users.setRole(name, role)
      return { name, role }
    }
    try {
      const made = await users.create(name, role, secret)
      reply.code(known === undefined ? 201 : 200).header('cache-control', 'no-store')
      return secret === undefined ? made : { name, role }
    } catch (error) {
      if (error instanceof UserError) throw badRequest('ValidationFailed', `${error.message}.`)
      throw error
    }
  })

  app.delete<{ Params: { name: string } }>('/access/v1/users/:name', async (request, reply) => {
    await admitted(guard, request, TYPE)
    const { name } = request.params
    await keepAnOwner(name)
    if (!(await users.remove(name))) throw notFound('UserNotFound', `There is no user '${name}'.`)
    return reply.code(200).send()
  })
}
