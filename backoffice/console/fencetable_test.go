package console_test

import "keyhall/backoffice/ra"

// fence is the contract of who may do what in the console: a row for each route of its table, a column for each who asks. All send
// the same request, good in everything but who sends it. Each part is tried in a hall of its own.
//
// The first six columns are one role each, everywhere. The others are somebody with the right role for the row, everywhere, but:
//
//	nobody  no session
//	left    the session was logged out
//	off     disabled since the login
//	temp    the password is still the one that they were given
//	epoch   a grant of theirs was withdrawn since the login, another one
//	wait    their grant was not confirmed yet
//	proj    their grant is for another project
//	hall    their grant is for another hall
//	own     they are the handler of the order
//	member  they belong to the organisation of the order
//	site    the browser says that another site made the request
//
// The words: a status; or
//
//	done    sent on after it was done
//	idle    sent on without anything having been done
//	less    shown, without what it is about
//	login   sent to the login
//	pass    sent to change the password first
//	bye     logged out
//
// Whoever is refused, sent on without anything done or sent to the login or the password leaves nothing. A new route is a line here and
// its request in fenceRequests.
const fence = `
                                  count  review money  super  audit  admin  nobody left   off    temp   epoch  wait   proj   hall   own    member site
GET /static/                      200    200    200    200    200    200    200    200    200    200    200    200    200    200    200    200    200
GET /login                        done   done   done   done   done   done   200    200    200    done   200    done   done   done   done   done   done
POST /login                       done   done   done   done   done   done   done   done   done   done   done   done   done   done   done   done   403
POST /language                    done   done   done   done   done   done   done   done   done   done   done   done   done   done   done   done   403
POST /logout                      bye    bye    bye    bye    bye    bye    login  login  login  bye    login  bye    bye    bye    bye    bye    403
GET /password                     200    200    200    200    200    200    login  login  login  200    login  200    200    200    200    200    200
POST /password                    done   done   done   done   done   done   login  login  login  done   login  done   done   done   done   done   403
GET /{$}                          200    200    200    200    200    done   login  login  login  pass   login  less   less   less   200    200    200
/                                 404    404    404    404    404    404    login  login  login  pass   login  404    404    404    404    404    404

GET /queue                        200    200    200    200    200    403    login  login  login  pass   login  403    less   less   200    200    200
POST /queue/next                  403    done   403    403    403    403    login  login  login  pass   login  403    idle   idle   idle   idle   403
POST /orders/{id}/claim           403    done   403    403    403    403    login  login  login  pass   login  403    404    404    403    403    403
POST /orders/{id}/unclaim         403    done   403    403    403    403    login  login  login  pass   login  403    404    404    idle   idle   403
POST /orders/{id}/renew           403    204    403    403    403    403    login  login  login  pass   login  403    404    404    403    403    403
POST /orders/{id}/takeover        403    403    403    done   403    403    login  login  login  pass   login  403    404    404    403    403    403
GET /orders/{id}                  200    200    200    200    200    403    login  login  login  pass   login  403    404    404    200    200    200
POST /orders/{id}/verdict         403    done   403    403    403    403    login  login  login  pass   login  403    404    404    403    403    403
POST /orders/{id}/payment         403    403    done   403    403    403    login  login  login  pass   login  403    404    404    403    403    403
POST /orders/{id}/payment/refuse  403    403    done   403    403    403    login  login  login  pass   login  403    404    404    403    403    403
POST /orders/{id}/return          403    done   403    403    403    403    login  login  login  pass   login  403    404    404    403    403    403
POST /orders/{id}/approve         403    done   403    403    403    403    login  login  login  pass   login  403    404    404    403    403    403
POST /orders/{id}/cancel          403    done   403    403    403    403    login  login  login  pass   login  403    404    404    403    403    403
POST /orders/{id}/code            done   done   403    done   403    403    login  login  login  pass   login  403    404    404    403    403    403
POST /orders/{id}/note            done   done   done   done   403    403    login  login  login  pass   login  403    404    404    403    403    403
GET /orders/{id}/scans/{sha256}   200    200    200    200    200    403    login  login  login  pass   login  403    404    404    200    200    200
GET /orders/{id}/scans/{sha256}/thumb  200    200    200    200    200    403    login  login  login  pass   login  403    404    404    200    200    200

GET /payments                     200    200    200    200    200    403    login  login  login  pass   login  403    less   less   200    200    200
GET /orders                       200    200    200    200    200    403    login  login  login  pass   login  403    less   less   200    200    200
GET /certificates                 200    200    200    200    200    403    login  login  login  pass   login  403    less   less   200    200    200
GET /certificates/{id}            200    200    200    200    200    403    login  login  login  pass   login  403    404    404    200    200    200
GET /certificates/{id}/file       200    200    200    200    200    403    login  login  login  pass   login  403    404    404    200    200    200
POST /certificates/{id}/suspend     403    403    403    done   403    403    login  login  login  pass   login  403    404    404    403    403    403
POST /certificates/{id}/restore     403    403    403    done   403    403    login  login  login  pass   login  403    404    404    403    403    403
POST /certificates/{id}/found       403    403    403    done   403    403    login  login  login  pass   login  403    404    404    403    403    403
POST /certificates/{id}/revoke      403    403    403    done   403    403    login  login  login  pass   login  403    404    404    403    403    403
POST /rulings/{id}/confirm          403    403    403    done   403    403    login  login  login  pass   login  403    404    404    403    403    403
POST /rulings/{id}/drop             403    403    403    done   403    403    login  login  login  pass   login  403    404    404    403    403    403
GET /desk                         200    403    403    200    403    403    login  login  login  pass   login  403    less   200    200    200    200
GET /desk/{id}                    200    403    403    200    403    403    login  login  login  pass   login  403    404    200    200    200    200
POST /desk/{id}/access            done   403    403    done   403    403    login  login  login  pass   login  403    404    404    403    403    403
GET /access/{id}                  200    200    200    200    200    403    login  login  login  pass   login  403    404    404    200    200    200
GET /access/{id}/papers/{kind}    200    200    200    200    200    403    login  login  login  pass   login  403    404    404    200    200    200
POST /access/{id}/confirm         403    403    403    done   403    403    login  login  login  pass   login  403    404    404    403    403    403
POST /access/{id}/decline         403    403    403    done   403    403    login  login  login  pass   login  403    404    404    403    403    403
GET /operations                   200    200    200    200    200    403    login  login  login  pass   login  403    less   less   200    200    200
GET /operations/{id}/release      403    403    403    200    403    403    login  login  login  pass   login  403    404    404    200    200    200
POST /operations/{id}/release     403    403    403    done   403    403    login  login  login  pass   login  403    404    404    403    403    403
GET /jobs                         403    403    403    200    200    less   login  login  login  pass   login  403    less   less   200    200    200
POST /jobs/{name}/retry           403    403    403    done   403    done   login  login  login  pass   login  403    403    403    done   done   403
POST /messages/{id}/retry         403    403    403    done   403    403    login  login  login  pass   login  403    404    404    403    403    403
GET /live                         200    200    200    200    200    200    401    401    401    403    401    200    200    200    200    200    200
GET /live/counts                  200    200    200    200    200    403    401    401    401    403    401    403    less   less   200    200    200
GET /live/queue                   200    200    200    200    200    403    401    401    401    403    401    403    less   less   200    200    200
GET /live/orders/{id}             200    200    200    200    200    403    401    401    401    403    401    403    404    404    200    200    200

GET /kiosks                       200    200    200    200    200    200    login  login  login  pass   login  403    less   less   200    200    200
POST /kiosks/code                 403    403    403    403    403    200    login  login  login  pass   login  403    403    403    200    200    403
POST /kiosks/{id}/block           403    403    403    403    403    done   login  login  login  pass   login  403    403    403    done   done   403
POST /kiosks/{id}/unblock         403    403    403    403    403    done   login  login  login  pass   login  403    403    403    done   done   403
GET /staff                        403    403    403    403    200    200    login  login  login  pass   login  403    less   less   200    200    200
POST /staff                       403    403    403    403    403    200    login  login  login  pass   login  403    200    200    200    200    403
GET /staff/{id}                   403    403    403    403    200    200    login  login  login  pass   login  403    404    404    200    200    200
POST /staff/{id}/password         403    403    403    403    403    200    login  login  login  pass   login  403    403    403    200    200    403
POST /staff/{id}/disable          403    403    403    403    403    done   login  login  login  pass   login  403    403    403    done   done   403
POST /staff/{id}/enable           403    403    403    403    403    done   login  login  login  pass   login  403    403    403    done   done   403
POST /staff/{id}/grants           403    403    403    403    403    done   login  login  login  pass   login  403    404    404    done   done   403
POST /grants/{grant}/confirm      403    403    403    403    403    done   login  login  login  pass   login  403    403    403    done   done   403
POST /grants/{grant}/withdraw     403    403    403    403    403    done   login  login  login  pass   login  403    403    403    done   done   403
POST /staff/{id}/keys             403    403    403    403    403    done   login  login  login  pass   login  403    404    404    done   done   403
POST /staff-keys/{key}/confirm    403    403    403    403    403    done   login  login  login  pass   login  403    403    403    done   done   403
POST /staff-keys/{key}/remove     403    403    403    403    403    done   login  login  login  pass   login  403    403    403    done   done   403
`

// fenceRoles are the columns of one role.
var fenceRoles = map[string]ra.Role{"count": ra.RoleCounter, "review": ra.RoleReviewer, "money": ra.RoleFinance, "super": ra.RoleSupervisor,
	"audit": ra.RoleAuditor, "admin": ra.RoleAdministrator}
